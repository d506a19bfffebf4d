-- The arm of each account: control or treated, as first assigned in the period, whatever came later, and since when. Built on the
-- counts of rollup.sql; `abmctl report` makes these views and the table for the queries.

CREATE TEMP VIEW IF NOT EXISTS decided AS  -- no arm for excluded accounts, or after the feed expired
SELECT a.account, a.tier, a.family, d.arm, b.first_ms, b.visits
FROM by_decision b JOIN decision d ON d.id = b.decision JOIN account_state a ON a.id = b.account_state
WHERE b.bot = 0 AND d.arm IS NOT NULL;

CREATE TEMP VIEW IF NOT EXISTS assigned AS  -- of visits in the same millisecond, control counts, whatever the order of lines
SELECT account, min(arm) AS arm, first_ms AS since_ms
FROM (SELECT account, CASE arm WHEN 'control' THEN 'control' ELSE 'treated' END AS arm, first_ms,
             min(first_ms) OVER (PARTITION BY account) AS earliest FROM decided)
WHERE first_ms = earliest GROUP BY 1;

-- Whose lot decided that arm: the family's if the visit says so, else the account's own. The accounts of one unit were drawn
-- together, so that what compares arms counts units: twenty subsidiaries are one draw, not twenty. What later visits say, or
-- those of other periods, changes nothing: the rules may have drawn by account then, and the account may have had other parents.
-- An account without an arm is of no unit, though its family may bear its name.
DROP TABLE IF EXISTS temp.unit;
CREATE TEMP TABLE unit (account TEXT PRIMARY KEY, unit TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO unit
SELECT account, ifnull(max(family), account)
FROM (SELECT account, family, first_ms, min(first_ms) OVER (PARTITION BY account) AS earliest FROM decided)
WHERE first_ms = earliest GROUP BY 1;
