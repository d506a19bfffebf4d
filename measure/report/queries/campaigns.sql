-- Campaigns of signed links
-- Visits that came by a link of `abmctl link`, by its campaign; a row without one is of links that named none. Known only by
-- links: accounts that neither an address nor a login recognised in the period. Came back: accounts that a cookie recognised
-- after their first visit by that campaign's links. First and last visit are in UTC. Mail scanners follow links, too: a
-- campaign whose last visit is minutes after it was sent may have been read by nobody else.
WITH followed AS MATERIALIZED (
  SELECT d.campaign, d.role, a.account, sum(b.visits) AS visits, min(b.first_ms) AS first_ms, max(b.last_ms) AS last_ms
  FROM by_decision b JOIN decision d ON d.id = b.decision JOIN account_state a ON a.id = b.account_state
  WHERE b.bot = 0 AND d.source = 'link' GROUP BY 1, 2, 3),
reached AS (
  SELECT campaign, account, sum(visits) AS visits, min(first_ms) AS first_ms, max(last_ms) AS last_ms
  FROM followed GROUP BY 1, 2),
roles AS MATERIALIZED (SELECT campaign, count(DISTINCT role) AS roles FROM followed GROUP BY 1),
otherwise AS (
  SELECT DISTINCT a.account
  FROM by_decision b JOIN decision d ON d.id = b.decision JOIN account_state a ON a.id = b.account_state
  WHERE b.bot = 0 AND d.source NOT IN ('link', 'remembered')),
remembered AS (
  SELECT a.account, max(b.last_ms) AS last_ms
  FROM by_decision b JOIN decision d ON d.id = b.decision JOIN account_state a ON a.id = b.account_state
  WHERE b.bot = 0 AND d.source = 'remembered' GROUP BY 1)
SELECT r.campaign, sum(r.visits) AS visits, count(*) AS accounts,
       max(roles.roles) AS roles,
       sum(r.account NOT IN (SELECT account FROM otherwise)) AS known_only_by_links,
       sum(ifnull(c.last_ms > r.first_ms, 0)) AS came_back,
       strftime('%Y-%m-%d %H:%M', min(r.first_ms) / 1000, 'unixepoch') AS first_visit,
       strftime('%Y-%m-%d %H:%M', max(r.last_ms) / 1000, 'unixepoch') AS last_visit
FROM reached r JOIN roles ON roles.campaign IS r.campaign LEFT JOIN remembered c ON c.account = r.account
GROUP BY 1
ORDER BY visits DESC, accounts DESC, 1;
