-- What engagement is made of: DATA/engagement.db. `visit` has what counts of each page load, once; `day` is derived from it
-- and made again wherever `stale` says so; `listed` is the journal of the account list, which no log has; `place` says up
-- to where logs and streams have been read, and is only ever written together with what was read. Visits of days before
-- `kept_from` of `meta` are deleted, and not added again (retention.h). Numbers of accounts, pages and sets of signals are
-- never given to another one: when the last row is no longer used, it stays, and its text becomes ''.

CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE account (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE page (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE signal_set (       -- one distinct set of names, sorted
  id INTEGER PRIMARY KEY,
  names TEXT NOT NULL UNIQUE    -- JSON array
) STRICT;

CREATE TABLE visit (            -- a page load of a person
  day INTEGER NOT NULL,         -- UTC, since 1970-01-01
  account INTEGER NOT NULL REFERENCES account,
  request BLOB NOT NULL,        -- 16 bytes: the request id
  person INTEGER NOT NULL,      -- 64 bits of the day's keyed hash; 0: not known
  page INTEGER NOT NULL REFERENCES page,
  signals INTEGER NOT NULL,     -- signal_set; 0: none
  PRIMARY KEY (day, account, request)
) STRICT, WITHOUT ROWID;

CREATE TABLE stale (            -- days of accounts that `day` does not have, or no longer as they are
  day INTEGER NOT NULL,
  account INTEGER NOT NULL,
  PRIMARY KEY (day, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE day (              -- what an account's visits of one day come to
  account INTEGER NOT NULL,
  day INTEGER NOT NULL,
  visits INTEGER NOT NULL,
  people INTEGER NOT NULL,
  points INTEGER NOT NULL,      -- by the site's `points`, which meta has
  pages TEXT NOT NULL,          -- ids of the first 64 pages by path: "3,17"
  pages_left_out INTEGER NOT NULL,  -- paths that no account's pages can hold
  PRIMARY KEY (account, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE listed (           -- what the account list said of a field at the end of a day, where that changed
  account TEXT NOT NULL,
  field TEXT NOT NULL,
  day INTEGER NOT NULL,
  value TEXT,                   -- NULL: nothing; of field "tier": the account was not listed, or excluded
  PRIMARY KEY (account, field, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE place (            -- up to where a log has been read
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,           -- last known, for people
  device INTEGER NOT NULL,
  inode INTEGER NOT NULL,       -- 0: that file has become another one
  size INTEGER NOT NULL,        -- when it was read last
  changed_ns INTEGER NOT NULL,
  compressed INTEGER NOT NULL,  -- read as a whole
  offset INTEGER NOT NULL,      -- the lines before it are in `visit`
  head_size INTEGER NOT NULL,
  head INTEGER NOT NULL,        -- XXH3-64 of the first head_size bytes
  tail INTEGER NOT NULL         -- XXH3-64 of the 1,024 bytes (or fewer) before offset
) STRICT;

CREATE TABLE stream_place (     -- up to where a stream has been read
  name TEXT PRIMARY KEY,
  created TEXT NOT NULL,        -- tells one stream from a later one with its name
  sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE published (        -- what the last publication said of each account: tells what has changed since
  account TEXT PRIMARY KEY,
  fields TEXT NOT NULL
) STRICT, WITHOUT ROWID;
