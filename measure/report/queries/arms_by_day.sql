-- Arms by day
-- People's visits of each UTC day with visits, by the arm that their account was first in. `sent`: visits whose page left
-- with an edit; `accounts_sent`: accounts with such a visit; `new`: listed accounts that came for the first time with an arm;
-- those of a family that draws one lot count once.
WITH arms AS MATERIALIZED (SELECT account, arm, since_ms FROM assigned),
per_day AS MATERIALIZED (
  SELECT d.day, a.account, sum(d.visits) AS visits, sum(d.visits * d.personalized) AS sent
  FROM by_day d CROSS JOIN account_state a ON a.id = d.account_state WHERE d.bot = 0 GROUP BY 1, 2),
came AS (SELECT day, arm, visits, sent FROM per_day JOIN arms USING (account)),
first AS (
  SELECT u.unit, a.arm, min(a.since_ms) AS since_ms
  FROM arms a JOIN listed l USING (account) JOIN unit u USING (account) WHERE l.excluded = 0 GROUP BY 1),
fresh AS MATERIALIZED (
  SELECT since_ms / 86400000 AS day, sum(arm <> 'control') AS treated, sum(arm = 'control') AS control
  FROM first GROUP BY 1)
SELECT date(came.day * 86400, 'unixepoch') AS day,
       sum(CASE WHEN arm <> 'control' THEN visits ELSE 0 END) AS treated_visits,
       sum(CASE WHEN arm <> 'control' THEN sent ELSE 0 END) AS treated_sent,
       sum(arm <> 'control') AS treated_accounts, sum(arm <> 'control' AND sent > 0) AS treated_accounts_sent,
       ifnull(max(fresh.treated), 0) AS treated_new,
       sum(CASE WHEN arm = 'control' THEN visits ELSE 0 END) AS control_visits,
       sum(CASE WHEN arm = 'control' THEN sent ELSE 0 END) AS control_sent,
       sum(arm = 'control') AS control_accounts, ifnull(max(fresh.control), 0) AS control_new
FROM came LEFT JOIN fresh ON fresh.day = came.day
GROUP BY came.day ORDER BY came.day;
