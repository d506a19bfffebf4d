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

-- Lines of kind "seen": slots that were in view for a second, as the visitor's browser told, with the account of the request
-- that told it. One row per page and slot, however often it is told.
create table if not exists seen (
  request_id text not null,
  account    text not null,
  host       text not null,
  path       text not null,
  slot       text not null,
  ts         text not null,
  bot        integer not null,
  line       text not null,
  primary key (request_id, account, host, path, slot)
) without rowid;

-- What was sent: one row per edit of a page whose bytes left the server. Prefetches and parts of pages
-- ("load" in the line, which lines of version 1 lack) are left out. at_risk: the page's own framework replaces the slot, so
-- that this is not what people saw. seen: the slot was in view for a second; only what was told by the same account of the same
-- page counts. A browser that told nothing may have shown it all the same.
drop view if exists exposures;  -- an older one lacks columns
create view exposures as
select v.request_id, v.ts, v.account, v.visitor, v.path,
       json_extract(rule.value, '$.id') as rule, json_extract(rule.value, '$.variant') as variant, slot.key as slot,
       slot.value = 'applied:at-risk' as at_risk,
       slot.value = 'applied' and exists (
         select 1 from seen s where s.request_id = v.request_id and s.account = v.account and s.host = v.host
           and s.path = v.path and s.slot = slot.key) as seen
from visits v, json_each(v.line, '$.rules') rule, json_each(rule.value, '$.slots') slot
where slot.value in ('applied', 'applied:at-risk') and coalesce(json_extract(v.line, '$.load'), 'page') = 'page';

-- What sellers should act on.
create view if not exists signals as
select v.ts, v.account, json_extract(v.line, '$.owner') as owner, v.path,
       json_extract(signal.value, '$.name') as signal, json_extract(signal.value, '$.next') as next_step
from visits v, json_each(v.line, '$.signals') signal
where not v.bot and coalesce(json_extract(v.line, '$.load'), 'page') = 'page';
