-- What was sent, and what was seen
-- Visits by what became of each slot. `sent`: the bytes of the edit left. `at_risk`: of these, those whose slot the page's
-- own framework replaces once it has loaded: they are not what people saw. `seen`: of the others, those whose slot was in
-- view for a second, as the visitor's browser told `abm_seen`; empty if no browser told anything in the period. `missing`:
-- the page has no such element; `held_back`: control and holdouts; `skipped`: the rest (aborted, no value, revalidated …).
WITH made AS (
  SELECT s.rule, s.variant, s.slot,
         sum(CASE WHEN s.outcome IN ('applied', 'applied:at-risk') THEN c.visits ELSE 0 END) AS sent,
         count(DISTINCT CASE WHEN s.outcome IN ('applied', 'applied:at-risk') THEN a.account END) AS accounts,
         sum(CASE WHEN s.outcome = 'applied:at-risk' THEN c.visits ELSE 0 END) AS at_risk,
         sum(CASE WHEN s.outcome = 'missing' THEN c.visits ELSE 0 END) AS missing,
         sum(CASE WHEN s.outcome IN ('skipped:control', 'skipped:holdout') THEN c.visits ELSE 0 END) AS held_back,
         sum(CASE WHEN s.outcome LIKE 'skipped:%' AND s.outcome NOT IN ('skipped:control', 'skipped:holdout')
                  THEN c.visits ELSE 0 END) AS skipped
  FROM by_content c JOIN content_slot s ON s.content = c.content JOIN account_state a ON a.id = c.account_state
  WHERE c.bot = 0 GROUP BY 1, 2, 3),
told AS (
  SELECT s.rule, s.variant, s.slot, sum(b.visits) AS seen
  FROM by_seen b JOIN content_slot s ON s.content = b.content AND s.slot = b.slot
  WHERE b.bot = 0 AND s.outcome = 'applied' GROUP BY 1, 2, 3),
known AS (SELECT count(*) > 0 AS yes FROM by_seen WHERE bot = 0)
SELECT m.rule, m.variant, m.slot, m.sent, m.accounts AS accounts_sent, m.at_risk,
       CASE WHEN known.yes THEN ifnull(told.seen, 0) END AS seen,
       CASE WHEN known.yes THEN 1.0 * ifnull(told.seen, 0) / nullif(m.sent - m.at_risk, 0) END AS seen_share,
       m.missing, m.held_back, m.skipped
FROM made m JOIN known LEFT JOIN told ON told.rule = m.rule AND told.variant IS m.variant AND told.slot = m.slot
ORDER BY m.sent DESC, 1, 2, 3;
