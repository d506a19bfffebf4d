-- What treated accounts got
-- Accounts outside the control group, as first assigned: those with a page that left with an edit, and the others by what
-- most of their pages lacked; `no-rule`: no rule was for any of them.
WITH treated AS MATERIALIZED (SELECT account FROM assigned WHERE arm <> 'control'),
all_pages AS MATERIALIZED (
  SELECT a.account, d.skip, d.personalized, sum(b.visits) AS visits
  FROM by_decision b CROSS JOIN decision d ON d.id = b.decision CROSS JOIN account_state a ON a.id = b.account_state
  WHERE b.bot = 0 GROUP BY 1, 2, 3),
pages AS (SELECT * FROM all_pages WHERE account IN (SELECT account FROM treated)),
told AS (
  SELECT account, CASE WHEN personalized THEN 'sent' ELSE ifnull(skip, 'not said') END AS got, sum(visits) OVER w AS visits,
         row_number() OVER (PARTITION BY account
           ORDER BY personalized DESC, ifnull(skip, '') = 'no-rule', pages.visits DESC, skip) AS place
  FROM pages WINDOW w AS (PARTITION BY account))
SELECT got, count(*) AS accounts, 1.0 * count(*) / (SELECT count(*) FROM treated) AS account_share, sum(visits) AS visits
FROM told WHERE place = 1 GROUP BY 1 ORDER BY got <> 'sent', accounts DESC, got;
