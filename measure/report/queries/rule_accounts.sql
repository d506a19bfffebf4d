-- Accounts by rule, variant and goal
-- One row for each account that a rule had won a slot for (or would have, in its holdout) and each goal:
-- its variant and whether it was held out, as first seen, and whether a goal page was seen then or later.
-- The control group is left out. `since_ms`, `reached_ms`: when it was first seen so, and on a goal page then or later
-- (Unix milliseconds). `changed`: it was held out at one time but not at another. Accounts of a family that draws one lot are
-- one row under the family's name.
WITH won AS (
  SELECT s.rule, u.unit AS account, s.variant, s.outcome = 'skipped:holdout' AS held_out, min(c.first_ms) AS since_ms
  FROM by_content c JOIN content_slot s ON s.content = c.content JOIN account_state a ON a.id = c.account_state
  JOIN unit u ON u.account = a.account
  WHERE c.bot = 0 AND c.arm IN ('treated', 'holdout') GROUP BY 1, 2, 3, 4),
first AS MATERIALIZED (
  SELECT rule, account, variant, held_out, min(since_ms) AS since_ms, count(DISTINCT held_out) > 1 AS changed
  FROM won GROUP BY 1, 2),
visited AS MATERIALIZED (
  SELECT g.goal, u.unit AS account, b.first_ms, b.last_ms
  FROM goal_by_day b JOIN goal_page g ON g.page = b.page JOIN account_state a ON a.id = b.account_state
  JOIN unit u ON u.account = a.account),
came AS (
  SELECT v.goal, f.rule, f.account, min(max(v.first_ms, f.since_ms)) AS reached_ms
  FROM first f JOIN visited v ON v.account = f.account AND v.last_ms >= f.since_ms
  GROUP BY 1, 2, 3)
SELECT goal.name AS goal, first.rule, first.variant, first.account, first.held_out,
       came.reached_ms IS NOT NULL AS reached, first.since_ms, came.reached_ms, first.changed
FROM goal JOIN first
LEFT JOIN came ON came.goal = goal.goal AND came.rule = first.rule AND came.account = first.account
ORDER BY goal.goal, first.rule, first.account;
