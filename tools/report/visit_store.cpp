// Shared rows are found by a hash of their content; what is written out of it is made only when a row is new.
#include "tools/report/visit_store.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <span>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "tools/report/embedded.h"

namespace abm::report {
namespace {

using Json = JsonWriter<std::string>;

constexpr int64_t kApplicationId = 0x61626d72;  // "abmr", in SQLite's header
constexpr int64_t kSchemaVersion = 1;

/// By Kind. A table's first parameter is its hash.
struct DimensionSql {
  const char* table;
  const char* insert;
};
constexpr DimensionSql kDimensions[] = {
    {"account_state",
     "INSERT INTO account_state (hash, account, tier, stage, owner, segments) "
     "VALUES (?1, ?2, ?3, nullif(?4, ''), nullif(?5, ''), ?6)"},
    {"page", "INSERT INTO page (hash, host, path) VALUES (?1, ?2, ?3)"},
    {"decision",
     "INSERT INTO decision (hash, source, confidence, arm, skip, personalized, status, generation) "
     "VALUES (?1, ?2, ?3, nullif(?4, ''), nullif(?5, ''), ?6, ?7, ?8)"},
    {"content", "INSERT INTO content (hash, rules) VALUES (?1, ?2)"},
    {"signal_set", "INSERT INTO signal_set (hash, signals) VALUES (?1, ?2)"},
    {"referrer", "INSERT INTO referrer (hash, host) VALUES (?1, ?2)"},
};

/// With its size before it, so that no two lists of texts give one key.
void append_key(std::string& key, std::string_view text) {
  const auto size = static_cast<uint32_t>(text.size());
  key.append(reinterpret_cast<const char*>(&size), sizeof size);
  key.append(text);
}

void append_key(std::string& key, int64_t number) {
  key.append(reinterpret_cast<const char*>(&number), sizeof number);
}

constexpr std::array<int8_t, 256> kHexDigits = [] {
  std::array<int8_t, 256> digits{};
  digits.fill(-1);
  for (int i = 0; i < 10; ++i) digits[static_cast<size_t>('0' + i)] = static_cast<int8_t>(i);
  for (int i = 0; i < 6; ++i) digits[static_cast<size_t>('a' + i)] = static_cast<int8_t>(10 + i);
  return digits;
}();

/// False unless `text` is exactly 2 × `bytes` lower-case hex digits.
bool parse_hex(std::string_view text, std::span<unsigned char> bytes) noexcept {
  if (text.size() != 2 * bytes.size()) return false;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const int high = kHexDigits[static_cast<unsigned char>(text[2 * i])];
    const int low = kHexDigits[static_cast<unsigned char>(text[2 * i + 1])];
    if ((high | low) < 0) return false;
    bytes[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return true;
}

int64_t visitor_number(std::string_view visitor) noexcept {
  unsigned char bytes[16];
  uint64_t number = hash64(visitor);
  if (parse_hex(visitor, bytes)) {
    number = 0;
    for (size_t i = 0; i < 8; ++i) number = number << 8 | bytes[i];
  }
  return static_cast<int64_t>(number);
}

/// As the bytes of a column.
std::span<const unsigned char> bytes_of(const Hash128& hash) noexcept {
  return {reinterpret_cast<const unsigned char*>(&hash), sizeof hash};
}

Hash128 request_key(const VisitLine& line, std::string_view text) noexcept {
  Hash128 id;
  unsigned char bytes[sizeof id];
  if (!parse_hex(line.request_id, bytes)) return hash128(line.request_id.empty() ? text : line.request_id);
  std::memcpy(&id, bytes, sizeof id);
  return id;
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
    if (version->value_or(0) != kSchemaVersion) {
      return Error{
          fmt::format("{}: has schema version {}, this program knows {}; load the logs into a new database",
                      path, version->value_or(0), kSchemaVersion)};
    }
  }
  // A temporary database needs no journal: nobody is left to roll it back.
  std::string settings = "PRAGMA cache_size = -65536; PRAGMA temp_store = FILE; PRAGMA secure_delete = OFF;";
  settings +=
      path.empty() ? "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" : "PRAGMA synchronous = NORMAL;";
  if (auto set = db.execute(settings); !set) return set.error();
  return store;
}

Result<void> VisitStore::begin() {
  if (auto begun = database_.execute("BEGIN IMMEDIATE"); !begun) return begun;
  if (auto prepared = prepare(); !prepared) return prepared;
  return read_back();
}

Result<void> VisitStore::commit() {
  ids_.clear();
  return database_.execute("COMMIT");
}

Result<void> VisitStore::prepare() {
  const auto prepare_into = [this](std::string_view sql, Statement& into) -> Result<void> {
    auto statement = database_.prepare(sql);
    if (!statement) return statement.error();
    into = std::move(*statement);
    return {};
  };
  if (auto done =
          prepare_into("INSERT INTO visit VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)", insert_visit_);
      !done) {
    return done;
  }
  if (auto done =
          prepare_into("INSERT INTO content_slot VALUES (?1, ?2, nullif(?3, ''), ?4, ?5)", insert_slot_);
      !done)
    return done;
  if (auto done = prepare_into("INSERT INTO signal VALUES (?1, ?2, ?3, ?4)", insert_signal_); !done)
    return done;
  for (size_t kind = 0; kind < kKinds; ++kind) {
    if (auto done = prepare_into(kDimensions[kind].insert, dimensions_[kind].insert); !done) return done;
  }
  return {};
}

/// What is stored already, from this run or an earlier one.
Result<void> VisitStore::read_back() {
  const auto seed = database_.number("SELECT seed FROM hash_seed");
  if (!seed) return seed.error();
  seed_ = static_cast<uint64_t>(seed->value_or(0));
  const auto for_each = [this](const std::string& sql,
                               const std::function<void(const Hash128&, int64_t)>& row_of) -> Result<void> {
    auto select = database_.prepare(sql);
    if (!select) return select.error();
    for (;;) {
      const auto row = select->step();
      if (!row) return row.error();
      if (!*row) return {};
      Hash128 hash;
      const std::string_view bytes = select->text(0);
      std::memcpy(&hash, bytes.data(), std::min(sizeof hash, bytes.size()));
      row_of(hash, select->integer(1));
    }
  };
  for (size_t kind = 0; kind < kKinds; ++kind) {
    auto& ids = dimensions_[kind].ids;
    ids.clear();
    if (auto done = for_each(fmt::format("SELECT hash, id FROM {}", kDimensions[kind].table),
                             [&ids](const Hash128& hash, int64_t id) { ids.emplace(hash, id); });
        !done) {
      return done;
    }
  }
  ids_.clear();
  return for_each("SELECT request_id, rowid FROM visit",
                  [this](const Hash128& id, int64_t) { ids_.insert(id); });
}

int64_t& VisitStore::find(Kind kind, std::string_view key) {
  const XXH128_hash_t h = XXH3_128bits_withSeed(key.data(), key.size(), seed_);
  hash_ = {h.high64, h.low64};
  return dimensions_[kind].ids.try_emplace(hash_, 0).first->second;
}

/// The row that find() missed.
Result<void> VisitStore::insert(Kind kind, std::initializer_list<std::string_view> texts,
                                std::initializer_list<int64_t> numbers, int64_t& id) {
  Statement& statement = dimensions_[kind].insert;
  int parameter = 1;
  statement.bind_blob(1, bytes_of(hash_));
  for (const std::string_view text : texts) statement.bind_text(++parameter, text);
  for (const int64_t number : numbers) statement.bind(++parameter, number);
  if (auto done = statement.run(); !done) return done;
  id = database_.last_id();
  return {};
}

Result<int64_t> VisitStore::intern_account(const VisitLine& line) {
  key_.clear();
  for (const std::string_view text : {line.account, line.tier, line.stage, line.owner})
    append_key(key_, text);
  for (const std::string_view segment : line.segments) append_key(key_, segment);
  int64_t& id = find(kAccountState, key_);
  if (id != 0) return id;
  std::string segments;
  Json json(segments);
  json.begin_array();
  for (const std::string_view segment : line.segments) json.string(segment);
  json.end_array();
  auto done = insert(kAccountState, {line.account, line.tier, line.stage, line.owner, segments}, {}, id);
  return done ? Result<int64_t>(id) : done.error();
}

Result<int64_t> VisitStore::intern_page(const VisitLine& line) {
  key_.clear();
  append_key(key_, line.host);
  append_key(key_, line.path);
  int64_t& id = find(kPage, key_);
  if (id != 0) return id;
  auto done = insert(kPage, {line.host, line.path}, {}, id);
  return done ? Result<int64_t>(id) : done.error();
}

Result<int64_t> VisitStore::intern_decision(const VisitLine& line) {
  key_.clear();
  for (const std::string_view text : {line.source, line.confidence, line.arm, line.skip})
    append_key(key_, text);
  const std::initializer_list<int64_t> numbers = {line.personalized ? 1 : 0, line.status, line.generation};
  for (const int64_t number : numbers) append_key(key_, number);
  int64_t& id = find(kDecision, key_);
  if (id != 0) return id;
  auto done = insert(kDecision, {line.source, line.confidence, line.arm, line.skip}, numbers, id);
  return done ? Result<int64_t>(id) : done.error();
}

Result<int64_t> VisitStore::intern_referrer(const VisitLine& line) {
  int64_t& id = find(kReferrer, line.referrer_host);
  if (id != 0) return id;
  auto done = insert(kReferrer, {line.referrer_host}, {}, id);
  return done ? Result<int64_t>(id) : done.error();
}

Result<int64_t> VisitStore::intern_content(const VisitLine& line) {
  key_.clear();
  for (const ShownRule& rule : line.rules) {
    append_key(key_, rule.id);
    append_key(key_, rule.variant);
    append_key(key_, static_cast<int64_t>(rule.slots.size()));
    for (const ShownSlot& slot : rule.slots) {
      append_key(key_, slot.name);
      append_key(key_, slot.outcome);
    }
  }
  int64_t& id = find(kContent, key_);
  if (id != 0) return id;
  std::string rules;
  Json json(rules);
  json.begin_array();
  for (const ShownRule& rule : line.rules) {
    json.begin_object().key("id").string(rule.id).key("variant");
    rule.variant.empty() ? json.null() : json.string(rule.variant);
    json.key("slots").begin_object();
    for (const ShownSlot& slot : rule.slots) json.key(slot.name).string(slot.outcome);
    json.end_object().end_object();
  }
  json.end_array();
  if (auto done = insert(kContent, {rules}, {}, id); !done) return done.error();
  for (const ShownRule& rule : line.rules) {
    for (const ShownSlot& slot : rule.slots) {
      insert_slot_.bind(1, id);
      insert_slot_.bind_text(2, rule.id);
      insert_slot_.bind_text(3, rule.variant);
      insert_slot_.bind_text(4, slot.name);
      insert_slot_.bind_text(5, slot.outcome);
      if (auto done = insert_slot_.run(); !done) return done.error();
    }
  }
  return id;
}

Result<int64_t> VisitStore::intern_signals(const VisitLine& line) {
  key_.clear();
  for (const VisitSignal& signal : line.signals) {
    append_key(key_, signal.rule);
    append_key(key_, signal.name);
    append_key(key_, signal.next);
  }
  int64_t& id = find(kSignalSet, key_);
  if (id != 0) return id;
  std::string signals;
  Json json(signals);
  json.begin_array();
  for (const VisitSignal& signal : line.signals) {
    json.begin_object().key("rule").string(signal.rule).key("name").string(signal.name);
    json.key("next").string(signal.next).end_object();
  }
  json.end_array();
  if (auto done = insert(kSignalSet, {signals}, {}, id); !done) return done.error();
  for (const VisitSignal& signal : line.signals) {
    insert_signal_.bind(1, id);
    insert_signal_.bind_text(2, signal.rule);
    insert_signal_.bind_text(3, signal.name);
    insert_signal_.bind_text(4, signal.next);
    if (auto done = insert_signal_.run(); !done) return done.error();
  }
  return id;
}

Result<VisitStore::Added> VisitStore::add(const VisitLine& line, std::string_view text) {
  const Hash128 request = request_key(line, text);
  if (!ids_.insert(request)) return Added::kKnown;
  const auto account = intern_account(line);
  if (!account) return account.error();
  const auto page = intern_page(line);
  if (!page) return page.error();
  const auto decision = intern_decision(line);
  if (!decision) return decision.error();
  Statement& visit = insert_visit_;
  visit.bind_blob(1, bytes_of(request));
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
  if (auto done = bind_optional(7, !line.rules.empty(), [&] { return intern_content(line); }); !done)
    return done.error();
  if (auto done = bind_optional(8, !line.signals.empty(), [&] { return intern_signals(line); }); !done)
    return done.error();
  if (auto done = bind_optional(9, !line.referrer_host.empty(), [&] { return intern_referrer(line); }); !done)
    return done.error();
  line.visitor.empty() ? visit.bind_null(10) : visit.bind(10, visitor_number(line.visitor));
  visit.bind(11, line.bytes);
  visit.bind(12, line.rewrite_us);
  if (auto done = visit.run(); !done) return done.error();
  return Added::kNew;
}

Result<void> VisitStore::add_source(const SourceCounts& counts) {
  auto source = database_.prepare(
      "INSERT INTO source (name, lines, loaded, known, damaged, fault) VALUES (?1, ?2, ?3, ?4, ?5, "
      "nullif(?6, ''))");
  if (!source) return source.error();
  source->bind_text(1, counts.name);
  source->bind(2, static_cast<int64_t>(counts.lines));
  source->bind(3, static_cast<int64_t>(counts.loaded));
  source->bind(4, static_cast<int64_t>(counts.known));
  source->bind(5, static_cast<int64_t>(counts.damaged()));
  source->bind_text(6, counts.fault);
  if (auto done = source->run(); !done) return done;
  const int64_t id = database_.last_id();
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
  auto insert =
      database_.prepare("INSERT INTO listed VALUES (?1, ?2, ?3, nullif(?4, ''), nullif(?5, ''), ?6)");
  if (!insert) return insert.error();
  for (const ListedAccount& account : accounts) {
    insert->bind_text(1, account.id);
    insert->bind_text(2, account.name);
    insert->bind_text(3, account.tier);
    insert->bind_text(4, account.stage);
    insert->bind_text(5, account.owner);
    insert->bind(6, account.excluded ? 1 : 0);
    if (auto done = insert->run(); !done) return done;
  }
  return {};
}

}  // namespace abm::report
