-- Visits per account by arm
-- How many accounts have so many visits of people in the period, by the arm that they were first in.
WITH arms AS MATERIALIZED (SELECT account, arm FROM assigned),
came AS (
  SELECT a.account, sum(b.visits) AS visits
  FROM by_decision b JOIN account_state a ON a.id = b.account_state WHERE b.bot = 0 GROUP BY 1)
SELECT visits, sum(arm <> 'control') AS treated, sum(arm = 'control') AS control
FROM came JOIN arms USING (account) GROUP BY 1 ORDER BY 1;
