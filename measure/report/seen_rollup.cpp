// Most visits have nothing told of them, and cost one look into a set.
#include "measure/report/seen_rollup.h"

namespace abm::measure {
namespace {

constexpr const char* kPrepare =
    "DROP TABLE IF EXISTS temp.by_seen; DROP TABLE IF EXISTS temp.by_fate; DROP TABLE IF EXISTS temp.told_visit;"
    "CREATE TEMP TABLE told_visit (request_id BLOB PRIMARY KEY, account_state INTEGER, page INTEGER, bot INTEGER, "
    "content INTEGER, counts INTEGER) WITHOUT ROWID;";

constexpr const char* kJoin =
    "CREATE TEMP TABLE by_seen AS "
    "SELECT v.account_state, v.content, s.slot, v.bot, count(*) AS visits "
    "FROM told_visit v JOIN account_state a ON a.id = v.account_state "
    "JOIN seen s ON s.request_id = v.request_id AND s.account = a.account AND s.page = v.page "
    "WHERE v.counts AND v.content IS NOT NULL GROUP BY 1, 2, 3, 4;"
    "CREATE TEMP TABLE by_fate AS "
    "WITH told AS (SELECT DISTINCT request_id, account, page FROM seen, period "
    "              WHERE bot = 0 AND ts_ms >= from_ms AND ts_ms < to_ms) "
    "SELECT CASE WHEN v.request_id IS NULL THEN 'no visit' WHEN a.account <> t.account THEN 'another account' "
    "            WHEN v.page <> t.page THEN 'another page' ELSE 'visit' END AS fate, count(*) AS pages "
    "FROM told t LEFT JOIN told_visit v ON v.request_id = t.request_id "
    "LEFT JOIN account_state a ON a.id = v.account_state GROUP BY 1;"
    "DROP TABLE temp.told_visit;";

}  // namespace

Result<void> SeenRollup::begin(Database& database) {
  if (auto done = database.execute(kPrepare); !done) return done;
  auto insert = database.prepare("INSERT OR IGNORE INTO told_visit VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  if (!insert) return insert.error();
  insert_ = std::move(*insert);
  auto ids = database.prepare("SELECT request_id FROM seen");
  if (!ids) return ids.error();
  for (;;) {
    const auto row = ids->step();
    if (!row) return row.error();
    if (!*row) return {};
    ids_.insert(ids->hash(0));
  }
}

Result<void> SeenRollup::add(const Visit& visit) {
  if (!ids_.contains(visit.request_id)) return {};
  insert_.bind_hash(1, visit.request_id);
  insert_.bind(2, visit.account_state);
  insert_.bind(3, visit.page);
  insert_.bind(4, visit.bot);
  visit.content.has_value() ? insert_.bind(5, *visit.content) : insert_.bind_null(5);
  insert_.bind(6, visit.counts ? 1 : 0);
  return insert_.run();
}

Result<void> SeenRollup::write(Database& database) {
  insert_ = {};  // or its table could not be dropped
  return database.execute(kJoin);
}

}  // namespace abm::measure
