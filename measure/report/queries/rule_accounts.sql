-- Accounts by rule, variant and goal
-- One row per goal and account for which a rule won a slot (or would have, in its holdout): its variant and whether it was
-- held out, as first seen, and whether it saw a goal page then or later. Without the control group.
WITH won AS (
  SELECT s.rule, a.account, s.variant, s.outcome = 'skipped:holdout' AS held_out, min(c.first_ms) AS since_ms
  FROM by_content c JOIN content_slot s ON s.content = c.content JOIN account_state a ON a.id = c.account_state
  WHERE c.bot = 0 AND c.arm IN ('treated', 'holdout') GROUP BY 1, 2, 3, 4),
first AS (SELECT rule, account, variant, held_out, min(since_ms) AS since_ms FROM won GROUP BY 1, 2),
reached AS (
  SELECT g.goal, a.account, max(b.last_ms) AS last_ms
  FROM by_page b JOIN goal_page g ON g.page = b.page JOIN account_state a ON a.id = b.account_state
  WHERE b.bot = 0 GROUP BY 1, 2)
SELECT goal.name AS goal, first.rule, first.variant, first.account, first.held_out,
       ifnull(reached.last_ms >= first.since_ms, 0) AS reached
FROM goal JOIN first LEFT JOIN reached ON reached.goal = goal.goal AND reached.account = first.account
ORDER BY goal.goal, first.rule, first.account;
