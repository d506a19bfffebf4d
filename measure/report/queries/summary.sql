-- Key figures
-- People's visits in the period; robots are listed separately. Person-days: people told apart within each day, added up.
SELECT
  (SELECT ifnull(sum(visits), 0) FROM by_day WHERE bot = 0) AS visits,
  (SELECT ifnull(sum(visits), 0) FROM by_day WHERE bot = 0 AND personalized = 1) AS personalized,
  (SELECT count(DISTINCT a.account) FROM by_day d JOIN account_state a ON a.id = d.account_state WHERE d.bot = 0) AS accounts,
  (SELECT count(*) FROM listed WHERE excluded = 0) AS listed,
  (SELECT ifnull(sum(people), 0) FROM people_by_day) AS person_days,
  (SELECT ifnull(sum(visits), 0) FROM by_day WHERE bot = 1) AS bot_visits,
  (SELECT strftime('%Y-%m-%dT%H:%M:%SZ', min(first_ms) / 1000, 'unixepoch') FROM by_decision) AS first_visit,
  (SELECT strftime('%Y-%m-%dT%H:%M:%SZ', max(last_ms) / 1000, 'unixepoch') FROM by_decision) AS last_visit,
  (SELECT group_concat(host, ', ') FROM (
     SELECT DISTINCT p.host FROM by_page b JOIN page p ON p.id = b.page ORDER BY 1 LIMIT 5)) AS hosts;
