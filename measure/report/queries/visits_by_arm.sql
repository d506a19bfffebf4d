-- Visits per account by arm
-- How many accounts have so many visits of people in the period, by the arm that they were first in. Accounts of a family
-- that draws one lot count once.
WITH arms AS MATERIALIZED (
  SELECT u.unit, a.arm, min(a.since_ms) FROM assigned a JOIN unit u USING (account) GROUP BY 1),
came AS (
  SELECT u.unit, sum(b.visits) AS visits
  FROM by_decision b JOIN account_state a ON a.id = b.account_state JOIN unit u ON u.account = a.account
  WHERE b.bot = 0 GROUP BY 1)
SELECT visits, sum(arm <> 'control') AS treated, sum(arm = 'control') AS control
FROM came JOIN arms USING (unit) GROUP BY 1 ORDER BY 1;
