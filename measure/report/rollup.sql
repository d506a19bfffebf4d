-- What the queries read: visits of the period, counted; a visit is the load of a page. `abmctl report` makes these tables in one pass over `visit`
-- (rollup.cpp), much faster than sorting five million rows per table; this file says what they mean, and a test
-- compares the two. To run a query of this folder by hand: sqlite3 visits.db, fill `period`, `goal_page` and `goal` as
-- below, `.read rollup.sql`, `.read assigned.sql`, `.read queries/pages.sql`.
--
--   CREATE TEMP TABLE period (from_ms INTEGER, to_ms INTEGER);         -- from, to just before
--   CREATE TEMP TABLE goal (goal INTEGER, name TEXT);                  -- 1, '/demo' …
--   CREATE TEMP TABLE goal_page (goal INTEGER, page INTEGER);
--   CREATE TEMP TABLE listed_arm (account TEXT, arm TEXT, unit TEXT);  -- treated or control, as `abmctl arms` says; may be empty

CREATE TEMP TABLE by_day AS
SELECT v.account_state, v.ts_ms / 86400000 AS day, v.bot, d.personalized, count(*) AS visits
FROM visit v JOIN decision d ON d.id = v.decision, period
WHERE v.ts_ms >= from_ms AND v.ts_ms < to_ms AND v.load = 0
GROUP BY 1, 2, 3, 4;

-- `could_be`: whether the visit could be personalized: its account was treated then, neither control nor holdout, nor
-- excluded, and the feed had not expired.
CREATE TEMP TABLE by_page AS
SELECT v.account_state, v.page, v.bot, d.personalized, ifnull(d.arm, '') = 'treated' AS could_be,
       count(*) AS visits, min(v.ts_ms) AS first_ms, max(v.ts_ms) AS last_ms
FROM visit v JOIN decision d ON d.id = v.decision, period
WHERE v.ts_ms >= from_ms AND v.ts_ms < to_ms AND v.load = 0
GROUP BY 1, 2, 3, 4, 5;

CREATE TEMP TABLE by_content AS
SELECT v.account_state, v.content, v.bot, d.arm, count(*) AS visits, min(v.ts_ms) AS first_ms, max(v.ts_ms) AS last_ms
FROM visit v JOIN decision d ON d.id = v.decision, period
WHERE v.ts_ms >= from_ms AND v.ts_ms < to_ms AND v.load = 0 AND v.content IS NOT NULL
GROUP BY 1, 2, 3, 4;

CREATE TEMP TABLE by_decision AS
SELECT v.account_state, v.decision, v.bot, count(*) AS visits, min(v.ts_ms) AS first_ms, max(v.ts_ms) AS last_ms
FROM visit v, period
WHERE v.ts_ms >= from_ms AND v.ts_ms < to_ms AND v.load = 0
GROUP BY 1, 2, 3;

CREATE TEMP TABLE by_signal AS
SELECT v.account_state, v.signal_set, v.page, v.bot, count(*) AS visits, max(v.ts_ms) AS last_ms
FROM visit v, period
WHERE v.ts_ms >= from_ms AND v.ts_ms < to_ms AND v.load = 0 AND v.signal_set IS NOT NULL
GROUP BY 1, 2, 3, 4;

-- `visitor` is a hash whose key is new each UTC day: people can be told apart within a day, not across days.
CREATE TEMP TABLE people_by_day AS
SELECT a.account, v.ts_ms / 86400000 AS day, count(DISTINCT v.visitor) AS people
FROM visit v JOIN account_state a ON a.id = v.account_state, period
WHERE v.ts_ms >= from_ms AND v.ts_ms < to_ms AND v.load = 0 AND v.bot = 0 AND v.visitor IS NOT NULL
GROUP BY 1, 2;

-- Visits whose slot was in view for a second, as a browser of the same account told of the same page, whenever it did.
CREATE TEMP TABLE by_seen AS
SELECT v.account_state, v.content, s.slot, v.bot, count(*) AS visits
FROM visit v JOIN account_state a ON a.id = v.account_state
JOIN seen s ON s.request_id = v.request_id AND s.account = a.account AND s.page = v.page, period
WHERE v.ts_ms >= from_ms AND v.ts_ms < to_ms AND v.load = 0 AND v.content IS NOT NULL
GROUP BY 1, 2, 3, 4;

-- Pages that people's browsers told of in the period, by what they belong to in all that is stored: a visit; a visit of the
-- same account, but another page of it, which the browser went to by itself; a visit of another account; none.
CREATE TEMP TABLE by_fate AS
WITH told AS (
  SELECT DISTINCT request_id, account, page FROM seen, period WHERE bot = 0 AND ts_ms >= from_ms AND ts_ms < to_ms)
SELECT CASE WHEN v.request_id IS NULL THEN 'no visit' WHEN a.account <> t.account THEN 'another account'
            WHEN v.page <> t.page THEN 'another page' ELSE 'visit' END AS fate, count(*) AS pages
FROM told t LEFT JOIN visit v ON v.request_id = t.request_id LEFT JOIN account_state a ON a.id = v.account_state
GROUP BY 1;

-- Pages, and what is in no other table but the next: prefetches and parts of pages.
CREATE TEMP TABLE by_load AS
SELECT v.account_state, v.load, v.bot, count(*) AS visits
FROM visit v, period
WHERE v.ts_ms >= from_ms AND v.ts_ms < to_ms
GROUP BY 1, 2, 3;

-- People's visits to goal pages: the first and the last of each day.
CREATE TEMP TABLE goal_by_day AS
SELECT v.account_state, v.page, v.ts_ms / 86400000 AS day, min(v.ts_ms) AS first_ms, max(v.ts_ms) AS last_ms
FROM visit v, period
WHERE v.ts_ms >= from_ms AND v.ts_ms < to_ms AND v.load = 0 AND v.bot = 0 AND v.page IN (SELECT page FROM goal_page)
GROUP BY 1, 2, 3;

-- The module's own time: people's and robots' requests, pages and others alike.
CREATE TEMP TABLE by_time AS
SELECT d.personalized, v.rewrite_us, count(*) AS visits
FROM visit v JOIN decision d ON d.id = v.decision, period
WHERE v.ts_ms >= from_ms AND v.ts_ms < to_ms
GROUP BY 1, 2;

-- When an account was first seen, in all that is stored, before the period too; but not before 2020: databases may hold
-- lines of clocks that were not set, which are left out today.
CREATE TEMP TABLE first_seen AS
SELECT a.account, min(v.ts_ms) AS first_ms
FROM visit v JOIN account_state a ON a.id = v.account_state
WHERE v.load = 0 AND v.bot = 0 AND v.ts_ms >= 1577836800000
GROUP BY 1;
