-- Newly engaged accounts
-- First seen at or after the start of the period, or in the last seven days if nothing older is stored, with at least two
-- visits since. Empty if there is no earlier visit at all, since new accounts cannot be told from known ones then.
WITH oldest AS (SELECT min(first_ms) AS ms FROM first_seen),
since AS (
  SELECT CASE WHEN from_ms > oldest.ms THEN from_ms
              ELSE (SELECT max(last_ms) / 86400000 - 6 FROM by_decision) * 86400000 END AS ms
  FROM period, oldest),
visits AS (
  SELECT a.account, a.tier, a.owner, sum(b.visits) AS visits, max(b.last_ms) AS last_ms
  FROM by_decision b JOIN account_state a ON a.id = b.account_state WHERE b.bot = 0 GROUP BY 1),
people AS (SELECT account, max(people) AS people FROM people_by_day GROUP BY 1)
SELECT v.account, ifnull(l.name, v.account) AS name, ifnull(l.tier, v.tier) AS tier, ifnull(l.owner, v.owner) AS owner,
       date(f.first_ms / 1000, 'unixepoch') AS first_seen, v.visits, ifnull(people.people, 0) AS most_people_in_a_day
FROM visits v JOIN first_seen f USING (account) LEFT JOIN people USING (account) LEFT JOIN listed l USING (account),
     since, oldest
WHERE f.first_ms >= since.ms AND oldest.ms < since.ms AND v.visits >= 2
ORDER BY v.visits DESC, v.account;
