-- Key figures
-- People's visits in the period; robots are counted separately. Person-days: people told
-- apart within each day, added up. `could_be`: visits that could be personalized: of accounts that were treated
-- then (neither control nor holdout, not excluded, and the feed had not expired), whatever page and rules made of it.
-- `new_since`: the day from which on an account counts as newly engaged; empty if nothing is stored from before it.
WITH oldest AS (SELECT min(first_ms) AS ms FROM first_seen),
since AS (
  SELECT CASE WHEN from_ms > oldest.ms THEN from_ms
              ELSE (SELECT max(last_ms) / 86400000 - 6 FROM by_decision) * 86400000 END AS ms
  FROM period, oldest)
SELECT
  (SELECT ifnull(sum(visits), 0) FROM by_day WHERE bot = 0) AS visits,
  (SELECT ifnull(sum(visits), 0) FROM by_day WHERE bot = 0 AND personalized = 1) AS personalized,
  (SELECT ifnull(sum(visits), 0) FROM by_page WHERE bot = 0 AND could_be = 1) AS could_be,
  (SELECT count(DISTINCT a.account) FROM by_day d JOIN account_state a ON a.id = d.account_state WHERE d.bot = 0) AS accounts,
  (SELECT count(*) FROM listed WHERE excluded = 0) AS listed,
  (SELECT ifnull(sum(people), 0) FROM people_by_day) AS person_days,
  (SELECT ifnull(sum(visits), 0) FROM by_day WHERE bot = 1) AS bot_visits,
  (SELECT strftime('%Y-%m-%dT%H:%M:%SZ', min(first_ms) / 1000, 'unixepoch') FROM by_decision) AS first_visit,
  (SELECT strftime('%Y-%m-%dT%H:%M:%SZ', max(last_ms) / 1000, 'unixepoch') FROM by_decision) AS last_visit,
  (SELECT date(since.ms / 1000, 'unixepoch') FROM since, oldest WHERE oldest.ms < since.ms) AS new_since,
  (SELECT group_concat(host, ', ') FROM (
     SELECT CASE n WHEN 6 THEN printf('and %d more', total - 5) ELSE host END AS host
     FROM (SELECT host, row_number() OVER (ORDER BY host) AS n, count(*) OVER () AS total
           FROM (SELECT DISTINCT p.host FROM by_page b JOIN page p ON p.id = b.page))
     WHERE n <= 6 ORDER BY n)) AS hosts;
