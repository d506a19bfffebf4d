-- Accounts that reached a goal
-- One row per account and goal: its arm as first assigned, and whether anyone from it saw a goal page in the period.
-- `since_ms`: its first visit with an arm; `reached_ms`: its first visit to a goal page then or later (Unix milliseconds).
-- `changed`: it was in control at one time but not at another. Accounts of a family that draws one lot are one row under
-- the family's name, with the tier that was seen first: it has reached a goal if anyone of them has.
WITH arms AS MATERIALIZED (
  SELECT u.unit AS account, a.arm, min(a.since_ms) AS since_ms FROM assigned a JOIN unit u USING (account) GROUP BY 1),
facts AS (
  SELECT u.unit AS account, d.tier, min(d.first_ms), count(DISTINCT d.arm = 'control') > 1 AS changed
  FROM decided d JOIN unit u USING (account) GROUP BY 1),
reached AS (
  SELECT DISTINCT g.goal, u.unit AS account
  FROM by_page b JOIN goal_page g ON g.page = b.page JOIN account_state a ON a.id = b.account_state
  JOIN unit u ON u.account = a.account WHERE b.bot = 0),
came AS (
  SELECT g.goal, arms.account, min(max(b.first_ms, arms.since_ms)) AS reached_ms
  FROM goal_by_day b JOIN goal_page g ON g.page = b.page JOIN account_state a ON a.id = b.account_state
  JOIN unit u ON u.account = a.account JOIN arms ON arms.account = u.unit AND b.last_ms >= arms.since_ms
  GROUP BY 1, 2)
SELECT goal.name AS goal, arms.account, facts.tier, arms.arm, reached.account IS NOT NULL AS reached, arms.since_ms,
       came.reached_ms, facts.changed
FROM goal JOIN arms JOIN facts USING (account)
LEFT JOIN reached ON reached.goal = goal.goal AND reached.account = arms.account
LEFT JOIN came ON came.goal = goal.goal AND came.account = arms.account
ORDER BY goal.goal, arms.account;
