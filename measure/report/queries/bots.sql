-- People and robots
-- Visits of pages. Robots are those whose user agent says so. They are in no other figure except the module's own time.
SELECT CASE d.bot WHEN 1 THEN 'robots' ELSE 'people' END AS visitors, sum(d.visits) AS visits,
       count(DISTINCT a.account) AS accounts, 1.0 * sum(d.visits) / (SELECT sum(visits) FROM by_day) AS visit_share
FROM by_day d JOIN account_state a ON a.id = d.account_state GROUP BY d.bot ORDER BY d.bot;
