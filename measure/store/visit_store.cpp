#include "measure/store/visit_store.h"

#include <fmt/format.h>

#include "measure/embedded.h"
#include "measure/store/line_keys.h"

namespace abm::measure {
namespace {

constexpr int64_t kApplicationId = 0x61626d72;  // "abmr", in SQLite's header
constexpr int64_t kSchemaVersion = 7;

// Version 1 knew nothing of loads: all its visits are pages. Neither it nor version 2 knew the feed's
// version, version 3 not by what an account can be recognised, version 4 nothing of frameworks or of what was
// seen, version 5 nothing of links, and version 6 nothing of families.
std::string upgrade_from(int64_t version) {
  const std::string_view schema = kSchemaSql;
  std::string sql = "BEGIN IMMEDIATE; DROP VIEW visits;";
  if (version < 5) sql += "ALTER TABLE content ADD COLUMN framework TEXT;";
  if (version < 4) sql += "ALTER TABLE listed ADD COLUMN recognised_by TEXT;";
  if (version < 3) sql += "ALTER TABLE decision ADD COLUMN feed_version INTEGER;";
  if (version < 2) sql += "ALTER TABLE visit ADD COLUMN load INTEGER NOT NULL DEFAULT 0;";
  if (version < 6)
    sql += "ALTER TABLE decision ADD COLUMN role TEXT; ALTER TABLE decision ADD COLUMN campaign TEXT;";
  sql += "ALTER TABLE account_state ADD COLUMN family TEXT;";
  sql += schema.substr(schema.find(version < 5 ? "CREATE TABLE seen" : "CREATE VIEW visits"));
  return sql + fmt::format("PRAGMA user_version = {}; COMMIT;", kSchemaVersion);
}

}  // namespace

uint64_t SourceCounts::damaged() const noexcept {
  uint64_t total = 0;
  for (const Damaged& damaged : damage) total += damaged.lines;
  return total;
}

Result<VisitStore> VisitStore::open(const std::string& path) {
  auto database = Database::open(path);
  if (!database) return database.error();
  VisitStore store(std::move(*database));
  Database& db = store.database_;
  const auto application = db.number("PRAGMA application_id");
  if (!application) return Error{fmt::format("{}: {}", path, application.message())};
  const auto tables = db.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return Error{fmt::format("{}: {}", path, tables.message())};
  if (tables->value_or(0) == 0) {
    std::string setup(kSchemaSql);
    setup +=
        fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", kApplicationId, kSchemaVersion);
    if (auto made = db.execute("BEGIN IMMEDIATE;" + setup + "COMMIT;"); !made) return made.error();
  } else if (application->value_or(0) != kApplicationId) {
    return Error{fmt::format("{}: is a database, but not one of visits; nothing was changed", path)};
  } else {
    const auto version = db.number("PRAGMA user_version");
    if (!version) return version.error();
    const int64_t has = version->value_or(0);
    if (has >= 1 && has < kSchemaVersion) {
      if (auto done = db.execute(upgrade_from(has)); !done) return done.error();
    } else if (has != kSchemaVersion) {
      return Error{
          fmt::format("{}: has schema version {}, this program knows {}; load the logs into a new database",
                      path, version->value_or(0), kSchemaVersion)};
    }
  }
  // A temporary database needs no journal: it is never rolled back after a crash.
  std::string settings = "PRAGMA cache_size = -65536; PRAGMA temp_store = FILE; PRAGMA secure_delete = OFF;";
  settings +=
      path.empty() ? "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" : "PRAGMA synchronous = NORMAL;";
  if (auto set = db.execute(settings); !set) return set.error();
  return store;
}

Result<void> VisitStore::begin() {
  if (auto begun = database_.execute("BEGIN IMMEDIATE"); !begun) return begun;
  if (auto begun = rows_.begin(database_); !begun) return begun;
  auto insert = database_.prepare("INSERT INTO visit VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)");
  if (!insert) return insert.error();
  insert_visit_ = std::move(*insert);
  auto seen = database_.prepare("INSERT OR IGNORE INTO seen VALUES (?1,?2,?3,?4,?5,?6)");
  if (!seen) return seen.error();
  insert_seen_ = std::move(*seen);
  return read_ids();
}

Result<void> VisitStore::read_ids() {
  ids_.clear();
  auto select = database_.prepare("SELECT request_id FROM visit");
  if (!select) return select.error();
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return {};
    ids_.insert(select->hash(0));
  }
}

Result<void> VisitStore::commit() {
  ids_.clear();
  return database_.execute("COMMIT");
}

Result<VisitStore::Added> VisitStore::add(const VisitLine& line, std::string_view text) {
  const Hash128 request = request_key(line.request_id, text);
  if (!ids_.insert(request)) return Added::kKnown;
  const auto account = rows_.account(line);
  if (!account) return account.error();
  const auto page = rows_.page(line.host, line.path);
  if (!page) return page.error();
  const auto decision = rows_.decision(line);
  if (!decision) return decision.error();
  Statement& visit = insert_visit_;
  visit.bind_hash(1, request);
  visit.bind(2, line.ts_ms);
  visit.bind(3, line.bot ? 1 : 0);
  visit.bind(4, *account);
  visit.bind(5, *page);
  visit.bind(6, *decision);
  const auto bind_optional = [&visit](int parameter, bool given, auto&& id_of) -> Result<void> {
    if (!given) {
      visit.bind_null(parameter);
      return {};
    }
    const auto id = id_of();
    if (!id) return id.error();
    visit.bind(parameter, *id);
    return {};
  };
  if (auto done = bind_optional(7, !line.rules.empty() || !line.framework.empty(),
                                [&] { return rows_.content(line); });
      !done)
    return done.error();
  if (auto done = bind_optional(8, !line.signals.empty(), [&] { return rows_.signals(line); }); !done)
    return done.error();
  if (auto done = bind_optional(9, !line.referrer_host.empty(), [&] { return rows_.referrer(line); }); !done)
    return done.error();
  line.visitor.empty() ? visit.bind_null(10) : visit.bind(10, visitor_number(line.visitor));
  visit.bind(11, line.bytes);
  visit.bind(12, line.rewrite_us);
  visit.bind(13, static_cast<int64_t>(line.load));
  if (auto done = visit.run(); !done) return done.error();
  return Added::kNew;
}

Result<VisitStore::Added> VisitStore::add(const SeenLine& line) {
  const Hash128 request = request_key(line.request_id, "");
  const auto page = rows_.page(line.host, line.path);
  if (!page) return page.error();
  Added added = Added::kKnown;
  for (const std::string_view slot : line.slots) {
    insert_seen_.bind_hash(1, request);
    insert_seen_.bind_text(2, line.account);
    insert_seen_.bind(3, *page);
    insert_seen_.bind_text(4, slot);
    insert_seen_.bind(5, line.ts_ms);
    insert_seen_.bind(6, line.bot ? 1 : 0);
    if (auto done = insert_seen_.run(); !done) return done.error();
    if (database_.changes() > 0) added = Added::kNew;
  }
  return added;
}

Result<void> VisitStore::add_source(const SourceCounts& counts) {
  auto source = database_.prepare(
      "INSERT INTO source (name, lines, loaded, known, damaged, "
      "fault) VALUES (?1, ?2, ?3, ?4, ?5, nullif(?6, ''))");
  if (!source) return source.error();
  source->bind_text(1, counts.name);
  source->bind(2, static_cast<int64_t>(counts.lines));
  source->bind(3, static_cast<int64_t>(counts.loaded));
  source->bind(4, static_cast<int64_t>(counts.known));
  source->bind(5, static_cast<int64_t>(counts.damaged()));
  source->bind_text(6, counts.fault);
  if (auto done = source->run(); !done) return done;
  const int64_t id = source->last_id();
  auto damage = database_.prepare("INSERT INTO damage VALUES (?1, ?2, ?3, ?4)");
  if (!damage) return damage.error();
  for (size_t i = 0; i < kDamages; ++i) {
    if (counts.damage[i].lines == 0) continue;
    damage->bind(1, id);
    damage->bind_text(2, to_string(static_cast<Damage>(i)));
    damage->bind(3, static_cast<int64_t>(counts.damage[i].lines));
    damage->bind_text(4, counts.damage[i].examples);
    if (auto done = damage->run(); !done) return done;
  }
  return {};
}

Result<void> VisitStore::set_listed(const std::vector<ListedAccount>& accounts) {
  if (auto done = database_.execute("DELETE FROM listed"); !done) return done;
  auto insert = database_.prepare(
      "INSERT INTO listed VALUES (?1, ?2, ?3, nullif(?4, ''), nullif(?5, ''), ?6, nullif(?7, ''))");
  if (!insert) return insert.error();
  for (const ListedAccount& account : accounts) {
    insert->bind_text(1, account.id);
    insert->bind_text(2, account.name);
    insert->bind_text(3, account.tier);
    insert->bind_text(4, account.stage);
    insert->bind_text(5, account.owner);
    insert->bind(6, account.excluded ? 1 : 0);
    insert->bind_text(7, account.recognised_by);
    if (auto done = insert->run(); !done) return done;
  }
  return {};
}

}  // namespace abm::measure
