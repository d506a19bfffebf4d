-- Visits to act on
-- Visits that matched a rule with a signal, by account, latest first, with the next step that the rule names.
WITH seen AS (
  SELECT a.account, a.tier, a.owner, s.name AS signal, s.next, sum(b.visits) AS visits, p.path AS page,
         max(b.last_ms) AS last_ms
  FROM by_signal b JOIN signal s ON s.signal_set = b.signal_set JOIN account_state a ON a.id = b.account_state
  JOIN page p ON p.id = b.page
  WHERE b.bot = 0 GROUP BY a.account, s.name, s.next)
SELECT ifnull(l.name, account) AS name, ifnull(l.tier, seen.tier) AS tier, ifnull(l.owner, seen.owner) AS owner, signal,
       next, page AS last_page, visits, strftime('%Y-%m-%d %H:%M', last_ms / 1000, 'unixepoch') AS last_visit, account
FROM seen LEFT JOIN listed l USING (account)
ORDER BY last_ms DESC, account;
