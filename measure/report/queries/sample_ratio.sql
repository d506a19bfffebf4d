-- Arms against the plan
-- Listed accounts (without excluded ones) that came with an arm, by the arm they were first in: outside the control group,
-- and in it. For each rule with a holdout, of the listed accounts that it won a slot for, outside the control group: those
-- that were shown it, and those held out. `planned_share`: what is to be kept back; p: of the chi-squared test.
WITH won AS (
  SELECT s.rule, a.account, s.outcome = 'skipped:holdout' AS held_out, min(c.first_ms) AS since_ms
  FROM by_content c JOIN content_slot s ON s.content = c.content JOIN account_state a ON a.id = c.account_state
  WHERE c.bot = 0 AND c.arm IN ('treated', 'holdout') GROUP BY 1, 2, 3),
first AS (SELECT rule, account, held_out, min(since_ms) FROM won GROUP BY 1, 2)
SELECT NULL AS rule, ifnull(sum(arm <> 'control'), 0) AS treated, ifnull(sum(arm = 'control'), 0) AS kept_back
FROM assigned JOIN listed USING (account) WHERE excluded = 0
UNION ALL
SELECT rule, sum(held_out = 0), sum(held_out = 1) FROM first JOIN listed USING (account) WHERE excluded = 0 GROUP BY 1
ORDER BY 1;
