-- Arms against the plan
-- Listed accounts (without excluded ones) that came with an arm, by the arm they were first in: outside the control group,
-- and in it. For each rule with a holdout, of the listed accounts that it won a slot for, outside the control group: those
-- that were shown it, and those held out. `planned_share`: what is to be kept back; p: of the chi-squared test. Accounts of a
-- family that draws one lot count once.
WITH drawn AS (
  SELECT u.unit, a.arm, min(a.since_ms) FROM assigned a JOIN listed l USING (account) JOIN unit u USING (account)
  WHERE l.excluded = 0 GROUP BY 1),
won AS (
  SELECT s.rule, u.unit, s.outcome = 'skipped:holdout' AS held_out, min(c.first_ms) AS since_ms
  FROM by_content c JOIN content_slot s ON s.content = c.content JOIN account_state a ON a.id = c.account_state
  JOIN listed l ON l.account = a.account JOIN unit u ON u.account = a.account
  WHERE c.bot = 0 AND c.arm IN ('treated', 'holdout') AND l.excluded = 0 GROUP BY 1, 2, 3),
first AS (SELECT rule, unit, held_out, min(since_ms) FROM won GROUP BY 1, 2)
SELECT NULL AS rule, ifnull(sum(arm <> 'control'), 0) AS treated, ifnull(sum(arm = 'control'), 0) AS kept_back
FROM drawn
UNION ALL
SELECT rule, sum(held_out = 0), sum(held_out = 1) FROM first GROUP BY 1
ORDER BY 1;
