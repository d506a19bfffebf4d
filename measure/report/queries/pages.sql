-- Pages
-- Visits of identified people by page, how many of them left personalized, and what share that is of those that could
-- be: of treated accounts.
SELECT p.host || p.path AS page, sum(b.visits) AS visits, count(DISTINCT a.account) AS accounts,
       sum(b.visits * b.personalized) AS personalized, sum(b.visits * b.could_be) AS could_be,
       1.0 * sum(b.visits * b.personalized) / nullif(sum(b.visits * b.could_be), 0) AS personalized_share
FROM by_page b JOIN page p ON p.id = b.page JOIN account_state a ON a.id = b.account_state
WHERE b.bot = 0 GROUP BY p.id ORDER BY visits DESC, page;
