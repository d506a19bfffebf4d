-- Buying-group coverage
-- Accounts by how many people could be told apart on their best day: at least that many take part.
WITH best AS (SELECT account, max(people) AS people FROM people_by_day GROUP BY 1),
groups (n, people, low, high) AS (
  VALUES (1, '1', 1, 1), (2, '2', 2, 2), (3, '3 to 4', 3, 4), (4, '5 to 9', 5, 9), (5, '10 or more', 10, 1 << 40))
SELECT g.people, count(best.account) AS accounts
FROM groups g LEFT JOIN best ON best.people BETWEEN g.low AND g.high
GROUP BY g.n ORDER BY g.n;
