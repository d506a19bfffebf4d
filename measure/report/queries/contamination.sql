-- Edits sent to the control group
-- Accounts that were first in the control group, and whose pages left with an edit at other times of the period: by the
-- generation that decided so (`control_until`: the last one in which those accounts were in the control group), and by rule.
WITH control AS MATERIALIZED (SELECT account FROM assigned WHERE arm = 'control'),
decided_for AS MATERIALIZED (
  SELECT a.account, d.generation, d.arm, d.personalized, b.visits, b.first_ms, b.last_ms
  FROM by_decision b JOIN decision d ON d.id = b.decision JOIN account_state a ON a.id = b.account_state
  JOIN control ON control.account = a.account WHERE b.bot = 0),
sent AS (
  SELECT generation, count(DISTINCT account) AS accounts, sum(visits) AS visits, min(first_ms) AS first_ms
  FROM decided_for WHERE personalized = 1 GROUP BY 1),
until AS (
  SELECT s.generation, max(c.generation) AS control_until
  FROM (SELECT DISTINCT generation, account FROM decided_for WHERE personalized = 1) s
  JOIN decided_for c ON c.account = s.account AND c.arm = 'control' AND c.generation <> s.generation GROUP BY 1),
by_rule AS (
  SELECT s.rule, count(DISTINCT a.account) AS accounts, sum(c.visits) AS visits, min(c.first_ms) AS first_ms
  FROM by_content c JOIN account_state a ON a.id = c.account_state JOIN control ON control.account = a.account
  JOIN (SELECT DISTINCT content, rule FROM content_slot WHERE outcome IN ('applied', 'applied:at-risk')) s
    ON s.content = c.content
  WHERE c.bot = 0 GROUP BY 1)
SELECT sent_by, generation, rule, accounts, visits, strftime('%Y-%m-%d %H:%M', first_ms / 1000, 'unixepoch') AS first_visit,
       control_until
FROM (
  SELECT 'generation' AS sent_by, generation, NULL AS rule, accounts, visits, first_ms, control_until
  FROM sent LEFT JOIN until USING (generation)
  UNION ALL
  SELECT 'rule', NULL, rule, accounts, visits, first_ms, NULL FROM by_rule)
ORDER BY sent_by, generation, visits DESC, rule;
