-- Edits sent to the control group
-- Accounts that were first in the control group, and whose pages left with an edit at other times of the period: by the
-- generation that decided so (`control_until`: the last one in which those accounts were in the control group), and by rule.
WITH control AS MATERIALIZED (SELECT account FROM assigned WHERE arm = 'control'),
decided_for AS MATERIALIZED (
  SELECT a.account, d.generation, d.arm, d.personalized, b.visits, b.first_ms
  FROM by_decision b CROSS JOIN decision d ON d.id = b.decision CROSS JOIN account_state a ON a.id = b.account_state
  WHERE b.bot = 0 AND a.account IN (SELECT account FROM control)),
sent_to AS MATERIALIZED (SELECT DISTINCT generation, account FROM decided_for WHERE personalized = 1),
kept AS MATERIALIZED (SELECT DISTINCT generation, account FROM decided_for WHERE arm = 'control'),
sent AS (
  SELECT generation, count(DISTINCT account) AS accounts, sum(visits) AS visits, min(first_ms) AS first_ms
  FROM decided_for WHERE personalized = 1 GROUP BY 1),
until AS (
  SELECT s.generation, max(c.generation) AS control_until
  FROM sent_to s JOIN kept c ON c.account = s.account AND c.generation <> s.generation GROUP BY 1),
applied AS MATERIALIZED (
  SELECT DISTINCT content, rule FROM content_slot WHERE outcome IN ('applied', 'applied:at-risk')),
by_rule AS (
  SELECT s.rule, count(DISTINCT a.account) AS accounts, sum(c.visits) AS visits, min(c.first_ms) AS first_ms
  FROM by_content c CROSS JOIN account_state a ON a.id = c.account_state
  JOIN applied s ON s.content = c.content
  WHERE c.bot = 0 AND a.account IN (SELECT account FROM control) GROUP BY 1)
SELECT sent_by, generation, rule, accounts, visits, strftime('%Y-%m-%d %H:%M', first_ms / 1000, 'unixepoch') AS first_visit,
       control_until
FROM (
  SELECT 'generation' AS sent_by, generation, NULL AS rule, accounts, visits, first_ms, control_until
  FROM sent LEFT JOIN until USING (generation)
  UNION ALL
  SELECT 'rule', NULL, rule, accounts, visits, first_ms, NULL FROM by_rule)
ORDER BY sent_by, generation, visits DESC, rule;
