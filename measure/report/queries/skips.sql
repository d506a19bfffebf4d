-- Why pages left original
-- All identified visits of people: personalized + original by reason = all.
SELECT CASE WHEN d.personalized THEN 'personalized' ELSE ifnull(d.skip, 'not said') END AS outcome,
       sum(b.visits) AS visits, count(DISTINCT a.account) AS accounts,
       1.0 * sum(b.visits) / (SELECT sum(visits) FROM by_decision WHERE bot = 0) AS visit_share
FROM by_decision b JOIN decision d ON d.id = b.decision JOIN account_state a ON a.id = b.account_state
WHERE b.bot = 0 GROUP BY 1 ORDER BY d.personalized DESC, visits DESC, 1;
