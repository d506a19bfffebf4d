-- The warehouse's table of visits: one row per line, with the request id as key, so a line that arrives twice is one row.
-- This is SQLite; the statements are simple enough for other databases (PostgreSQL: jsonb_array_elements for json_each).
create table if not exists visits (
  request_id text primary key,
  ts         text not null,      -- RFC 3339, UTC
  host       text not null,
  path       text not null,
  status     integer not null,
  account    text not null,
  tier       text not null,
  confidence text not null,
  arm        text,               -- null: the account is excluded
  page       text not null,
  skip       text,
  visitor    text,               -- counts people within one UTC day
  bot        integer not null,
  generation integer not null,
  feed_version integer,          -- of the accounts that decided; null in lines of version 1
  line       text not null       -- the whole line: fields of later versions are not lost
) without rowid;
create index if not exists visits_by_account on visits (account, ts);

-- What was really shown: one row per edit of a page whose bytes left the server. Prefetches and parts of pages
-- ("load" in the line, which lines of version 1 lack) are left out.
create view if not exists exposures as
select v.request_id, v.ts, v.account, v.visitor, v.path,
       json_extract(rule.value, '$.id') as rule, json_extract(rule.value, '$.variant') as variant, slot.key as slot
from visits v, json_each(v.line, '$.rules') rule, json_each(rule.value, '$.slots') slot
where slot.value = 'applied' and coalesce(json_extract(v.line, '$.load'), 'page') = 'page';

-- What sellers should act on.
create view if not exists signals as
select v.ts, v.account, json_extract(v.line, '$.owner') as owner, v.path,
       json_extract(signal.value, '$.name') as signal, json_extract(signal.value, '$.next') as next_step
from visits v, json_each(v.line, '$.signals') signal
where not v.bot and coalesce(json_extract(v.line, '$.load'), 'page') = 'page';
