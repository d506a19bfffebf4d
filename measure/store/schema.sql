-- What one visit line becomes. Text that many lines share is stored once, in the tables of the first part; `hash` finds
-- it again, and is seeded, so that a visitor cannot choose paths whose hashes collide. The view at the end puts a line
-- together again: `SELECT * FROM visits` is where an analyst starts.

CREATE TABLE hash_seed (seed INTEGER NOT NULL) STRICT;
INSERT INTO hash_seed VALUES (random());

CREATE TABLE account_state (  -- an account as visits saw it: another row if its tier, stage, owner … changed
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL,
  account TEXT NOT NULL,
  tier TEXT NOT NULL,
  stage TEXT,
  owner TEXT,
  segments TEXT NOT NULL,     -- JSON array
  family TEXT                 -- whose lot decided its arm (control: by: parent); NULL: its own
) STRICT;

CREATE TABLE page (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL,
  host TEXT NOT NULL,
  path TEXT NOT NULL
) STRICT;

CREATE TABLE decision (       -- what the module knew and decided
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL,
  source TEXT NOT NULL,
  confidence TEXT NOT NULL,
  arm TEXT,                   -- NULL: the account is excluded, or the feed had expired
  personalized INTEGER NOT NULL,
  skip TEXT,
  status INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  feed_version INTEGER,       -- NULL: a line of version 1
  role TEXT,                  -- of the link that the visitor followed; NULL: none, as in most
  campaign TEXT               -- the same
) STRICT;

CREATE TABLE content (        -- one distinct list of rules with their slots, on pages of one framework; its members are in content_slot
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL,
  framework TEXT,             -- react, next-app …: what renders the page in the browser; NULL: nothing is known to
  rules TEXT NOT NULL         -- JSON, as in the visit line
) STRICT;

CREATE TABLE content_slot (
  content INTEGER NOT NULL REFERENCES content,
  rule TEXT NOT NULL,
  variant TEXT,
  slot TEXT NOT NULL,
  outcome TEXT NOT NULL       -- applied, applied:at-risk, missing, skipped:REASON
) STRICT;
CREATE INDEX content_slot_by_content ON content_slot (content);

CREATE TABLE signal_set (     -- one distinct list of signals; its members are in signal
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL,
  signals TEXT NOT NULL       -- JSON, as in the visit line
) STRICT;

CREATE TABLE signal (
  signal_set INTEGER NOT NULL REFERENCES signal_set,
  rule TEXT NOT NULL,
  name TEXT NOT NULL,
  next TEXT NOT NULL
) STRICT;
CREATE INDEX signal_by_set ON signal (signal_set);

CREATE TABLE referrer (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL,
  host TEXT NOT NULL
) STRICT;

CREATE TABLE visit (
  request_id BLOB NOT NULL,   -- 16 bytes; for an id that is not 32 hex digits, its XXH3-128
  ts_ms INTEGER NOT NULL,     -- Unix milliseconds
  bot INTEGER NOT NULL,
  account_state INTEGER NOT NULL REFERENCES account_state,
  page INTEGER NOT NULL REFERENCES page,
  decision INTEGER NOT NULL REFERENCES decision,
  content INTEGER REFERENCES content,        -- NULL: no rule won a slot, and no framework is known
  signal_set INTEGER REFERENCES signal_set,  -- NULL: no signal
  referrer INTEGER REFERENCES referrer,
  visitor INTEGER,            -- 64 bits of the day's keyed hash: enough to tell the people of a day apart
  bytes INTEGER NOT NULL,
  rewrite_us INTEGER NOT NULL,
  load INTEGER NOT NULL DEFAULT 0            -- 0: a page; 1: a prefetch, 2: a part of a page, which no figure counts
) STRICT;

CREATE TABLE listed (         -- the accounts of the last feed or generation named
  account TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  tier TEXT NOT NULL,
  stage TEXT,
  owner TEXT,
  excluded INTEGER NOT NULL,
  recognised_by TEXT          -- networks, asn, vendor: by an address; identity, nothing; NULL: not known
) STRICT;

CREATE TABLE source (         -- what was loaded, one row per log and run
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  lines INTEGER NOT NULL,     -- without empty ones
  loaded INTEGER NOT NULL,
  known INTEGER NOT NULL,     -- their request_id was there already
  damaged INTEGER NOT NULL,
  fault TEXT                  -- why reading stopped before the end
) STRICT;

CREATE TABLE damage (         -- damaged lines by reason; up to three places each
  source INTEGER NOT NULL REFERENCES source,
  reason TEXT NOT NULL,
  lines INTEGER NOT NULL,
  examples TEXT NOT NULL
) STRICT;

-- What visitors' browsers told: slots that were in view for a second. It belongs to the visit with the same request_id if
-- that has the same account and page, and to none otherwise: a browser may tell anything but who it is.
CREATE TABLE seen (
  request_id BLOB NOT NULL,   -- as in visit
  account TEXT NOT NULL,      -- of the request that told it
  page INTEGER NOT NULL REFERENCES page,
  slot TEXT NOT NULL,
  ts_ms INTEGER NOT NULL,     -- when it was told first
  bot INTEGER NOT NULL,
  PRIMARY KEY (request_id, account, page, slot)
) STRICT, WITHOUT ROWID;

CREATE VIEW visits AS
SELECT lower(hex(v.request_id)) AS request_id,
       strftime('%Y-%m-%dT%H:%M:%S', v.ts_ms / 1000, 'unixepoch') || printf('.%03dZ', v.ts_ms % 1000) AS ts,
       p.host, p.path, r.host AS referrer_host, a.account, a.tier, a.stage, a.owner, a.segments,
       d.source, d.confidence, d.role, d.campaign, v.visitor, d.arm, d.generation, d.feed_version, d.status, d.personalized, d.skip, v.bot,
       CASE v.load WHEN 0 THEN 'page' WHEN 1 THEN 'prefetch' ELSE 'partial' END AS load,
       c.rules, c.framework, s.signals, v.bytes, v.rewrite_us
FROM visit v
JOIN account_state a ON a.id = v.account_state
JOIN page p ON p.id = v.page
JOIN decision d ON d.id = v.decision
LEFT JOIN content c ON c.id = v.content
LEFT JOIN signal_set s ON s.id = v.signal_set
LEFT JOIN referrer r ON r.id = v.referrer;
