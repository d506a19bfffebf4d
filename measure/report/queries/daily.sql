-- Visits per day
-- UTC days, from the first to the last with a visit; a day without lines counts as a day without visits.
WITH RECURSIVE span (day, last) AS (
  SELECT min(day), max(day) FROM by_day WHERE bot = 0
  UNION ALL SELECT day + 1, last FROM span WHERE day < last),
per_day AS (
  SELECT d.day, sum(d.visits) AS visits, sum(d.visits * d.personalized) AS personalized, count(DISTINCT a.account) AS accounts
  FROM by_day d JOIN account_state a ON a.id = d.account_state WHERE d.bot = 0 GROUP BY 1),
people AS (SELECT day, sum(people) AS people FROM people_by_day GROUP BY 1)
SELECT date(span.day * 86400, 'unixepoch') AS day, ifnull(per_day.visits, 0) AS visits,
       ifnull(per_day.personalized, 0) AS personalized, ifnull(per_day.accounts, 0) AS accounts,
       ifnull(people.people, 0) AS people
FROM span LEFT JOIN per_day USING (day) LEFT JOIN people USING (day)
WHERE span.day IS NOT NULL ORDER BY 1;
