-- What each source adds
-- Accounts by what recognised them: feed, csv, asn and mmdb are the address; `identity` is a login (abm_identity); `link` a
-- signed link, and `remembered` the cookie that one of them left. Known only by this: accounts that nothing else recognised
-- in the period, so that without that source they would not be known; and their visits by it. A cookie is not held against the link or login that it comes
-- from, so it adds an account only where that was before the period.
WITH known AS MATERIALIZED (
  SELECT a.account, d.source, sum(b.visits) AS visits
  FROM by_decision b JOIN decision d ON d.id = b.decision JOIN account_state a ON a.id = b.account_state
  WHERE b.bot = 0 GROUP BY 1, 2),
sources AS MATERIALIZED (SELECT account, sum(source <> 'remembered') AS lasting FROM known GROUP BY 1),
others AS (
  SELECT known.*, sources.lasting - (known.source <> 'remembered') AS others FROM known JOIN sources USING (account))
SELECT source, sum(visits) AS visits, 1.0 * sum(visits) / (SELECT sum(visits) FROM known) AS visit_share,
       count(*) AS accounts, sum(others = 0) AS known_only_by_this,
       sum(iif(others = 0, visits, 0)) AS visits_of_those
FROM others GROUP BY 1
ORDER BY accounts DESC, visits DESC, 1;
