-- Pages and other loads
-- People's requests. Only pages are visits: a prefetch may never be seen by anybody, and a part of a page (a frame, a
-- fragment that a script asks for) belongs to a page that has been counted. The others are in no other figure except the
-- module's own time.
SELECT CASE b.load WHEN 0 THEN 'pages' WHEN 1 THEN 'prefetches' ELSE 'parts of pages' END AS load,
       sum(b.visits) AS requests, count(DISTINCT a.account) AS accounts,
       1.0 * sum(b.visits) / (SELECT sum(visits) FROM by_load WHERE bot = 0) AS request_share
FROM by_load b JOIN account_state a ON a.id = b.account_state WHERE b.bot = 0 GROUP BY b.load ORDER BY b.load;
