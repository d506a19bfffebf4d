-- Who can be recognised, by tier
-- Of the accounts on the list (without excluded ones), by what the network sources of the generation know them: their own
-- networks, AS numbers, or a vendor's database; by a sign-in only (`abm_identity`), or not at all. Came: of those that an
-- address leads to, how many were identified at least once in the period. `abmctl coverage` says why the others are not
-- recognised, and what to do about it.
WITH seen AS (
  SELECT DISTINCT a.account FROM by_day d JOIN account_state a ON a.id = d.account_state WHERE d.bot = 0)
SELECT l.tier, count(*) AS listed,
       sum(l.recognised_by = 'networks') AS networks, sum(l.recognised_by = 'asn') AS as_number,
       sum(l.recognised_by = 'vendor') AS vendor, sum(l.recognised_by = 'identity') AS sign_in_only,
       sum(l.recognised_by = 'nothing') AS not_at_all,
       sum(l.recognised_by IN ('networks', 'asn', 'vendor')) AS recognisable,
       sum(l.recognised_by IN ('networks', 'asn', 'vendor') AND s.account IS NOT NULL) AS came
FROM listed l LEFT JOIN seen s USING (account)
WHERE l.excluded = 0 AND l.recognised_by IS NOT NULL
GROUP BY l.tier
ORDER BY CASE l.tier WHEN 'one-to-one' THEN 1 WHEN 'one-to-few' THEN 2 WHEN 'one-to-many' THEN 3 ELSE 4 END;
