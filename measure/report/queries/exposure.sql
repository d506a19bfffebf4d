-- What was shown
-- `shown` counts visits for which the slot's bytes left the server; `missing`, those whose page has no such element;
-- `held_back`, those in the control group or a holdout; `skipped`, the rest (aborted, no value, revalidated …).
SELECT s.rule, s.variant, s.slot,
       sum(CASE WHEN s.outcome = 'applied' THEN c.visits ELSE 0 END) AS shown,
       count(DISTINCT CASE WHEN s.outcome = 'applied' THEN a.account END) AS accounts_shown,
       sum(CASE WHEN s.outcome = 'missing' THEN c.visits ELSE 0 END) AS missing,
       sum(CASE WHEN s.outcome IN ('skipped:control', 'skipped:holdout') THEN c.visits ELSE 0 END) AS held_back,
       sum(CASE WHEN s.outcome LIKE 'skipped:%' AND s.outcome NOT IN ('skipped:control', 'skipped:holdout')
                THEN c.visits ELSE 0 END) AS skipped
FROM by_content c JOIN content_slot s ON s.content = c.content JOIN account_state a ON a.id = c.account_state
WHERE c.bot = 0 GROUP BY 1, 2, 3 ORDER BY shown DESC, 1, 2, 3;
