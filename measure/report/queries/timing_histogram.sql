-- Requests by the module's own time
-- Personalized pages only; each row counts from the previous row's `up_to_us` up to its own.
WITH RECURSIVE bound (up_to_us, above) AS (
  SELECT 10, -1 UNION ALL SELECT up_to_us * 2, up_to_us FROM bound WHERE up_to_us < 40960)
SELECT bound.up_to_us, ifnull(sum(t.visits), 0) AS requests
FROM bound LEFT JOIN by_time t ON t.personalized = 1 AND t.rewrite_us > bound.above
     AND (t.rewrite_us <= bound.up_to_us OR bound.up_to_us = 40960)
GROUP BY 1 ORDER BY 1;
