-- What browsers told
-- Pages of which a visitor's browser told that slots were in view (`abm_seen`), by what they belong to. Only those of a visit
-- with the same account and page count as seen. `another page`: the browser went on by itself, without a request for the page.
-- `another account`: somebody told of a page that was not theirs. `no visit`: its line was not read, or never written.
SELECT fate AS belongs_to, pages FROM by_fate
ORDER BY CASE fate WHEN 'visit' THEN 1 WHEN 'another page' THEN 2 WHEN 'another account' THEN 3 ELSE 4 END;
