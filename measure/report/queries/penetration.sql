-- Accounts reached, by tier
-- Of the accounts on the list (without excluded ones), how many were identified at least once in the period, and how many
-- of those got a personalized page. Tiers are those on the list.
WITH seen AS (
  SELECT a.account, max(d.personalized) AS personalized
  FROM by_day d JOIN account_state a ON a.id = d.account_state
  WHERE d.bot = 0 GROUP BY 1)
SELECT l.tier, count(*) AS listed, count(s.account) AS reached, ifnull(sum(s.personalized), 0) AS personalized,
       1.0 * count(s.account) / count(*) AS reached_share
FROM listed l LEFT JOIN seen s USING (account)
WHERE l.excluded = 0
GROUP BY l.tier
ORDER BY CASE l.tier WHEN 'one-to-one' THEN 1 WHEN 'one-to-few' THEN 2 WHEN 'one-to-many' THEN 3 ELSE 4 END;
