-- Accounts that reached a goal
-- One row per account and goal: its arm as first assigned, and whether a person from it saw a goal page in the period.
WITH tiers AS (
  SELECT account, tier, min(first_ms) FROM decided GROUP BY 1),
reached AS (
  SELECT DISTINCT g.goal, a.account
  FROM by_page b JOIN goal_page g ON g.page = b.page JOIN account_state a ON a.id = b.account_state WHERE b.bot = 0)
SELECT goal.name AS goal, assigned.account, tiers.tier, assigned.arm, reached.account IS NOT NULL AS reached
FROM goal JOIN assigned JOIN tiers USING (account)
LEFT JOIN reached ON reached.goal = goal.goal AND reached.account = assigned.account
ORDER BY goal.goal, assigned.account;
