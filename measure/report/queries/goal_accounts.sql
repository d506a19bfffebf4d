-- Accounts that reached a goal
-- One row per account and goal: its arm as first assigned, and whether anyone from it saw a goal page in the period.
-- `since_ms`: its first visit with an arm; `reached_ms`: its first visit to a goal page then or later (Unix milliseconds).
-- `changed`: it was in control at one time but not at another.
WITH arms AS MATERIALIZED (SELECT account, arm, since_ms FROM assigned),
facts AS (
  SELECT account, tier, min(first_ms), count(DISTINCT arm = 'control') > 1 AS changed FROM decided GROUP BY 1),
reached AS (
  SELECT DISTINCT g.goal, a.account
  FROM by_page b JOIN goal_page g ON g.page = b.page JOIN account_state a ON a.id = b.account_state WHERE b.bot = 0),
came AS (
  SELECT g.goal, a.account, min(max(b.first_ms, arms.since_ms)) AS reached_ms
  FROM goal_by_day b JOIN goal_page g ON g.page = b.page JOIN account_state a ON a.id = b.account_state
  JOIN arms ON arms.account = a.account AND b.last_ms >= arms.since_ms
  GROUP BY 1, 2)
SELECT goal.name AS goal, arms.account, facts.tier, arms.arm, reached.account IS NOT NULL AS reached, arms.since_ms,
       came.reached_ms, facts.changed
FROM goal JOIN arms JOIN facts USING (account)
LEFT JOIN reached ON reached.goal = goal.goal AND reached.account = arms.account
LEFT JOIN came ON came.goal = goal.goal AND came.account = arms.account
ORDER BY goal.goal, arms.account;
