-- Pages
-- Visits of identified people by page, and how many of them left personalized.
SELECT p.host || p.path AS page, sum(b.visits) AS visits, count(DISTINCT a.account) AS accounts,
       sum(b.visits * b.personalized) AS personalized,
       1.0 * sum(b.visits * b.personalized) / sum(b.visits) AS personalized_share
FROM by_page b JOIN page p ON p.id = b.page JOIN account_state a ON a.id = b.account_state
WHERE b.bot = 0 GROUP BY p.id ORDER BY visits DESC, page;
