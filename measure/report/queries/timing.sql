-- The module's own time per request
-- Microseconds, all requests with a line; nearest-rank percentiles.
WITH ranked AS (
  SELECT personalized, rewrite_us, visits,
         sum(visits) OVER (PARTITION BY personalized ORDER BY rewrite_us) AS upto,
         sum(visits) OVER (PARTITION BY personalized) AS total
  FROM by_time)
SELECT CASE personalized WHEN 1 THEN 'personalized' ELSE 'original' END AS page, max(total) AS requests,
       min(CASE WHEN upto >= 0.5 * total THEN rewrite_us END) AS p50_us,
       min(CASE WHEN upto >= 0.9 * total THEN rewrite_us END) AS p90_us,
       min(CASE WHEN upto >= 0.99 * total THEN rewrite_us END) AS p99_us,
       min(CASE WHEN upto >= 0.999 * total THEN rewrite_us END) AS p999_us,
       max(rewrite_us) AS max_us
FROM ranked GROUP BY personalized ORDER BY personalized DESC;
