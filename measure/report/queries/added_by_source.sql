-- What each source adds
-- Accounts by what recognised them: feed, csv, asn and mmdb are the address; `identity` is a login (abm_identity); `link` a
-- signed link, and `remembered` the cookie that one of them left. `only_so`: accounts that nothing else recognised in the
-- period, so that without that source they would not be known. A cookie is not held against the link or login that it comes
-- from, so it adds an account only where that was before the period.
WITH known AS (
  SELECT a.account, d.source, sum(b.visits) AS visits
  FROM by_decision b JOIN decision d ON d.id = b.decision JOIN account_state a ON a.id = b.account_state
  WHERE b.bot = 0 GROUP BY 1, 2),
others AS (
  SELECT k.*, (SELECT count(*) FROM known o
               WHERE o.account = k.account AND o.source <> k.source AND o.source <> 'remembered') AS others
  FROM known k)
SELECT source, sum(visits) AS visits, 1.0 * sum(visits) / (SELECT sum(visits) FROM known) AS visit_share,
       count(*) AS accounts, sum(others = 0) AS only_so, sum(iif(others = 0, visits, 0)) AS visits_only_so
FROM others GROUP BY 1
ORDER BY accounts DESC, visits DESC, 1;
