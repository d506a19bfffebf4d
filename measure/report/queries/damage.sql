-- Damaged lines
-- Left out of every figure.
SELECT s.name AS log, d.reason, d.lines, d.examples FROM damage d JOIN source s ON s.id = d.source ORDER BY s.id, d.reason;
