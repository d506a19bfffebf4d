-- How sure we are
-- Identified visits by confidence and source of the identification. Visitors who were not identified leave no line; their
-- number is in abm_status.
SELECT d.confidence, d.source, sum(b.visits) AS visits, count(DISTINCT a.account) AS accounts,
       1.0 * sum(b.visits) / (SELECT sum(visits) FROM by_decision WHERE bot = 0) AS visit_share
FROM by_decision b JOIN decision d ON d.id = b.decision JOIN account_state a ON a.id = b.account_state
WHERE b.bot = 0 GROUP BY 1, 2
ORDER BY CASE d.confidence WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END, visits DESC, 2;
