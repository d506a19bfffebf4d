-- People per account
-- The visitor key is new each UTC day, so nobody can be followed across days. `most_people_in_a_day` is how many could be
-- told apart on the account's best day, which is the lowest possible number of people; `person_days` adds up all days.
WITH people AS (
  SELECT account, max(people) AS most_people_in_a_day, sum(people) AS person_days FROM people_by_day GROUP BY 1),
days AS (
  SELECT a.account, sum(d.visits) AS visits, count(DISTINCT d.day) AS days
  FROM by_day d JOIN account_state a ON a.id = d.account_state WHERE d.bot = 0 GROUP BY 1),
pages AS (
  SELECT a.account, count(DISTINCT b.page) AS pages
  FROM by_page b JOIN account_state a ON a.id = b.account_state WHERE b.bot = 0 GROUP BY 1),
latest AS (
  SELECT a.account, a.tier, a.owner, max(b.last_ms)
  FROM by_decision b JOIN account_state a ON a.id = b.account_state WHERE b.bot = 0 GROUP BY 1)
SELECT days.account, ifnull(l.name, days.account) AS name, ifnull(l.tier, latest.tier) AS tier,
       ifnull(l.owner, latest.owner) AS owner, ifnull(people.most_people_in_a_day, 0) AS most_people_in_a_day,
       ifnull(people.person_days, 0) AS person_days, days.days, days.visits, pages.pages
FROM days JOIN latest USING (account) JOIN pages USING (account)
LEFT JOIN people USING (account) LEFT JOIN listed l USING (account)
ORDER BY most_people_in_a_day DESC, person_days DESC, days.account;
