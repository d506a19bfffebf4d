-- Campaigns of signed links
-- Visits that came by a link of `abmctl link`, by its campaign; a row without one is of links that named none. `only_so`:
-- accounts that neither an address nor a login recognised in the period. `came_back`: accounts that a cookie recognised
-- after their first visit by that campaign's links. Mail scanners follow links, too: a campaign whose visits all come
-- minutes after it was sent was read by those.
WITH followed AS (
  SELECT d.campaign, d.role, a.account, sum(b.visits) AS visits, min(b.first_ms) AS first_ms, max(b.last_ms) AS last_ms
  FROM by_decision b JOIN decision d ON d.id = b.decision JOIN account_state a ON a.id = b.account_state
  WHERE b.bot = 0 AND d.source = 'link' GROUP BY 1, 2, 3),
reached AS (
  SELECT campaign, account, sum(visits) AS visits, min(first_ms) AS first_ms, max(last_ms) AS last_ms
  FROM followed GROUP BY 1, 2),
otherwise AS (
  SELECT DISTINCT a.account
  FROM by_decision b JOIN decision d ON d.id = b.decision JOIN account_state a ON a.id = b.account_state
  WHERE b.bot = 0 AND d.source NOT IN ('link', 'remembered')),
remembered AS (
  SELECT a.account, max(b.last_ms) AS last_ms
  FROM by_decision b JOIN decision d ON d.id = b.decision JOIN account_state a ON a.id = b.account_state
  WHERE b.bot = 0 AND d.source = 'remembered' GROUP BY 1)
SELECT r.campaign, sum(r.visits) AS visits, count(*) AS accounts,
       (SELECT count(DISTINCT f.role) FROM followed f WHERE f.campaign IS r.campaign) AS roles,
       sum(r.account NOT IN (SELECT account FROM otherwise)) AS only_so,
       sum(ifnull(c.last_ms > r.first_ms, 0)) AS came_back,
       date(min(r.first_ms) / 1000, 'unixepoch') AS first_day, date(max(r.last_ms) / 1000, 'unixepoch') AS last_day
FROM reached r LEFT JOIN remembered c USING (account)
GROUP BY 1
ORDER BY visits DESC, accounts DESC, 1;
