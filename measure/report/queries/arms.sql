-- Accounts by arm
-- Arms as first assigned in the period. `changed`: accounts that were in control at one time but not at another (different
-- salt, percentage or `by`); they stay where they were first. `with_holdout`: accounts that a rule's holdout held back at least
-- once; site-wide they count as treated, because they got what treated accounts get.
WITH facts AS (
  SELECT account, sum(visits) AS visits, count(DISTINCT arm = 'control') > 1 AS changed, max(arm = 'holdout') AS holdout
  FROM decided GROUP BY 1)
SELECT arm, count(*) AS accounts, sum(visits) AS visits, sum(changed) AS changed, sum(holdout) AS with_holdout
FROM assigned JOIN facts USING (account) GROUP BY arm ORDER BY arm DESC;
