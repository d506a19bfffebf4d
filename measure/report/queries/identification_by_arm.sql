-- Identification by arm
-- Listed accounts, without excluded ones, by the arm that the published rules draw for them, and those that came: with a
-- visit of a person in the period, whatever arm its line names. Nothing that an account has not seen yet can bring it.
-- Accounts of a family that draws one lot count once: it came if one of them did.
WITH visited AS MATERIALIZED (
  SELECT a.account, sum(b.visits) AS visits
  FROM by_decision b JOIN account_state a ON a.id = b.account_state WHERE b.bot = 0 GROUP BY 1),
drawn AS (SELECT unit, arm FROM listed_arm GROUP BY 1),
came AS MATERIALIZED (
  SELECT l.unit, sum(v.visits) AS visits FROM visited v JOIN listed_arm l ON l.account = v.account GROUP BY 1)
SELECT l.arm, count(*) AS listed, count(came.unit) AS came, 1.0 * count(came.unit) / count(*) AS came_share,
       ifnull(sum(came.visits), 0) AS visits, 1.0 * sum(came.visits) / nullif(count(came.unit), 0) AS visits_per_account
FROM drawn l LEFT JOIN came ON came.unit = l.unit
GROUP BY 1 ORDER BY 1 DESC;
