-- What was read
-- One row per log and run. `already_known`: lines whose request_id was already stored; they count once.
SELECT name AS log, lines, loaded, known AS already_known, damaged, fault FROM source ORDER BY id;
