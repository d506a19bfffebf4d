-- Identification by arm
-- Listed accounts, without excluded ones, by the arm that the published rules draw for them, and those that came: with a
-- visit of a person in the period, whatever arm its line names. Nothing that an account has not seen yet can bring it.
WITH came AS MATERIALIZED (
  SELECT a.account, sum(b.visits) AS visits
  FROM by_decision b JOIN account_state a ON a.id = b.account_state WHERE b.bot = 0 GROUP BY 1)
SELECT l.arm, count(*) AS listed, count(came.account) AS came, 1.0 * count(came.account) / count(*) AS came_share,
       ifnull(sum(came.visits), 0) AS visits, 1.0 * sum(came.visits) / nullif(count(came.account), 0) AS visits_per_account
FROM listed_arm l LEFT JOIN came ON came.account = l.account
GROUP BY 1 ORDER BY 1 DESC;
