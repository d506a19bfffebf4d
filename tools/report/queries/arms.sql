-- Accounts by arm
-- Arms as first assigned in the period. `changed`: accounts that were control at one time and not at another (another
-- salt or percentage); they stay where they were first. `with_holdout`: accounts that some rule's holdout kept back at
-- least once; site-wide they count as treated, since they got what treated accounts get.
WITH decided AS (  -- of excluded accounts and of an expired feed there is no arm
  SELECT a.account, a.tier, d.arm, b.first_ms, b.visits
  FROM by_decision b JOIN decision d ON d.id = b.decision JOIN account_state a ON a.id = b.account_state
  WHERE b.bot = 0 AND d.arm IS NOT NULL),
assigned AS (  -- as first assigned, whatever came later
  SELECT account, CASE arm WHEN 'control' THEN 'control' ELSE 'treated' END AS arm, min(first_ms)
  FROM decided GROUP BY 1),
facts AS (
  SELECT account, sum(visits) AS visits, count(DISTINCT arm = 'control') > 1 AS changed, max(arm = 'holdout') AS holdout
  FROM decided GROUP BY 1)
SELECT arm, count(*) AS accounts, sum(visits) AS visits, sum(changed) AS changed, sum(holdout) AS with_holdout
FROM assigned JOIN facts USING (account) GROUP BY arm ORDER BY arm DESC;
