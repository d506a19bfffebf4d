#include "measure/engagement/engagement_store.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <thread>
#include <tuple>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "measure/embedded.h"
#include "measure/engagement/store_file.h"

namespace abm::measure {
namespace {

constexpr int64_t kEngagementApplication = 0x61626d65;  // "abme", in SQLite's header
constexpr int64_t kEngagementVersion = 1;
constexpr std::string_view kLinesRead = "lines_read", kVisitsVersion = "visits_version",
                           kClearings = "clearings", kRead = "read", kKeptFrom = "kept_from",
                           kNamesGone = "names_gone";  // in meta
constexpr int kTriesForWal = 50;
constexpr std::chrono::milliseconds kWalPause{100};

/// As many rows of the journal as can be read.
uint64_t take_over_journal(const std::string& from, Database& into) {
  auto old = Database::open(from);
  if (!old) return 0;
  auto select = old->prepare("SELECT account, field, day, value FROM listed");
  auto insert = into.prepare("INSERT OR IGNORE INTO listed VALUES (?1, ?2, ?3, ?4)");
  if (!select || !insert || !into.execute("BEGIN IMMEDIATE")) return 0;
  uint64_t rows = 0;
  for (;; ++rows) {
    const auto row = select->step();
    if (!row || !*row) break;
    insert->bind_text(1, select->text(0));
    insert->bind_text(2, select->text(1));
    insert->bind(3, select->integer(2));
    select->type(3) == SQLITE_NULL ? insert->bind_null(4) : insert->bind_text(4, select->text(3));
    if (!insert->run()) break;
  }
  return into.execute("COMMIT") ? rows : 0;
}

}  // namespace

Result<EngagementStore> EngagementStore::open_sound(const std::string& path, bool& damaged) {
  damaged = false;
  if (auto ready = path.empty() ? Result<void>() : ready_store_file(path); !ready) return ready.error();
  auto database = Database::open(path);
  if (!database) return database.error();
  EngagementStore store(std::move(*database));
  auto done = store.set_up();
  if (done) return store;
  damaged = store.damaged();
  return done.error();
}

Result<EngagementStore> EngagementStore::open(const std::string& path,
                                              const std::function<void(std::string_view)>& note,
                                              bool is_damaged) {
  std::string fault = path + ": it is damaged";
  if (!is_damaged) {
    auto store = open_sound(path, is_damaged);
    if (store || !is_damaged || path.empty()) return store;
    fault = store.message();
  }
  const auto aside = set_store_file_aside(path);
  if (!aside) return aside.error();
  auto store = open_sound(path, is_damaged);
  if (!store) return store;
  const uint64_t rows = take_over_journal(*aside, store->database_);
  note(fmt::format(
      "{}: set aside as {}; visits are read again from their start, and {} entries of the account "
      "list's journal were saved",
      fault, *aside, rows));
  return store;
}

/// Readers do not wait for whoever writes, and a commit costs one write. While another process makes the same
/// change, SQLite refuses at once.
Result<void> EngagementStore::use_wal() {
  Result<void> set;
  for (int i = 0; i < kTriesForWal; ++i) {
    set = database_.execute("PRAGMA journal_mode = WAL");
    if (set || (sqlite3_errcode(database_.get()) & 0xff) != SQLITE_BUSY) return set;
    std::this_thread::sleep_for(kWalPause);
  }
  return set;
}

/// Another process may be making it at the same time.
Result<void> EngagementStore::make_tables() {
  // Only before there is anything: what is deleted later can be given back to the disk bit by bit.
  if (auto set = database_.execute("PRAGMA auto_vacuum = INCREMENTAL"); !set) return set;
  if (auto set = use_wal(); !set) return set;
  if (auto begun = database_.execute("BEGIN IMMEDIATE"); !begun) return begun;
  const auto tables = database_.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (tables->value_or(0) == 0) {
    if (auto made =
            database_.execute(fmt::format("{}PRAGMA application_id = {}; PRAGMA user_version = {};",
                                          kEngagementSql, kEngagementApplication, kEngagementVersion));
        !made)
      return made;
  }
  return commit();
}

Result<void> EngagementStore::set_up() {
  const auto named = [this](const std::string& message) {
    return Error{fmt::format("{}: {}", database_.name(), message)};
  };
  const auto tables = database_.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return named(tables.message());
  if (tables->value_or(0) == 0) {
    if (auto made = make_tables(); !made) return made;
  }
  const auto application = database_.number("PRAGMA application_id");
  if (!application) return named(application.message());
  if (application->value_or(0) != kEngagementApplication)
    return named("is a database, but not one of engagement; nothing was changed");
  const auto version = database_.number("PRAGMA user_version");
  if (!version) return named(version.message());
  if (version->value_or(0) != kEngagementVersion)
    return named(
        fmt::format("has version {}, this program knows {}: use the newer abmctl, or move the file away, "
                    "and it is made again from the logs",
                    version->value_or(0), kEngagementVersion));
  if (auto set = database_.execute("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536; "
                                   "PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF;");
      !set)
    return set;
  return prepare();
}

Result<void> EngagementStore::prepare() {
  const auto into = [&](Statement& statement, std::string_view sql) -> Result<void> {
    auto prepared = database_.prepare(sql);
    if (!prepared) return Error{fmt::format("{}: {}", database_.name(), prepared.message())};
    statement = std::move(*prepared);
    return {};
  };
  if (auto done = accounts_.prepare(database_, "account", "name"); !done) return done;
  if (auto done = pages_.prepare(database_, "page", "path"); !done) return done;
  if (auto done = signal_sets_.prepare(database_, "signal_set", "names"); !done) return done;
  if (auto done = into(insert_visit_, "INSERT INTO visit VALUES (?1,?2,?3,?4,?5,?6) ON CONFLICT DO NOTHING");
      !done)
    return done;
  if (auto done =
          into(find_visit_,
               "SELECT person, page, signals FROM visit WHERE day = ?1 AND account = ?2 AND request = ?3");
      !done)
    return done;
  if (auto done = into(replace_visit_, "INSERT OR REPLACE INTO visit VALUES (?1,?2,?3,?4,?5,?6)"); !done)
    return done;
  if (auto done = into(mark_stale_, "INSERT OR IGNORE INTO stale VALUES (?1, ?2)"); !done) return done;
  const auto clearings = meta_number(kClearings);
  if (!clearings) return clearings.error();
  clearings_ = *clearings;
  return see_retention();
}

/// What others have deleted.
Result<void> EngagementStore::see_retention() {
  const auto first = meta_number(kKeptFrom), gone = meta_number(kNamesGone);
  if (!first || !gone) return (!first ? first : gone).error();
  kept_from_ = static_cast<Day>(*first);
  if (*gone == names_gone_) return {};
  names_gone_ = *gone;
  for (NameTable* names : {&accounts_, &pages_, &signal_sets_}) names->forget();
  return {};
}

Result<void> EngagementStore::keep_from(Day first) {
  if (first <= kept_from_) return {};
  if (auto set = set_meta(kKeptFrom, std::to_string(first)); !set) return set;
  kept_from_ = first;
  return {};
}

Result<void> EngagementStore::note_names_gone() {
  if (auto raised = raise_meta(kNamesGone, 1); !raised) return raised;
  return see_retention();
}

Result<void> EngagementStore::note_visits_gone() {
  return raise_meta(kVisitsVersion, 1);
}

Result<void> EngagementStore::begin() {
  if (on_trial_) return {};
  if (auto begun = database_.execute("BEGIN IMMEDIATE"); !begun) {
    if ((sqlite3_errcode(database_.get()) & 0xff) != SQLITE_BUSY) return begun;
    return Error{
        fmt::format("{}: another process has been writing into it for {} s: try again when it is done",
                    database_.name(), kBusySeconds)};
  }
  const auto clearings = meta_number(kClearings);
  if (!clearings) return clearings.error();
  if (*clearings == clearings_) return see_retention();
  if (auto ended = database_.execute("ROLLBACK"); !ended) return ended;
  return Error{
      fmt::format("{}: somebody else began to read all visits again (--rebuild) at the same time; try again",
                  database_.name())};
}

Result<void> EngagementStore::begin_reading() {
  return on_trial_ ? Result<void>() : database_.execute("BEGIN");
}

Result<void> EngagementStore::commit() {
  return on_trial_ ? Result<void>() : database_.execute("COMMIT");
}

Result<void> EngagementStore::begin_trial() {
  if (auto begun = begin_reading(); !begun) return begun;
  const auto clearings = meta_number(kClearings);  // from here on, what others write is not seen
  if (!clearings) return clearings.error();
  on_trial_ = true;
  for (const std::string_view table : {"listed", "stale", "meta"}) {
    if (auto copied = copy_for_trial(table); !copied) return copied;
  }
  return forget_names();
}

/// A temporary table of that name goes before the one in the file.
Result<void> EngagementStore::copy_for_trial(std::string_view table) {
  constexpr std::string_view kCreate = "CREATE TABLE ";
  if (!on_trial_) return {};
  auto select = database_.prepare(
      "SELECT sql, EXISTS (SELECT 1 FROM temp.sqlite_schema WHERE name = ?1) FROM main.sqlite_schema "
      "WHERE type = 'table' AND name = ?1");
  if (!select) return select.error();
  select->bind_text(1, table);
  const auto row = select->step();
  if (!row) return row.error();
  const std::string_view sql = *row ? select->text(0) : std::string_view();
  if (!sql.starts_with(kCreate)) return Error{fmt::format("{}: has no table {}", database_.name(), table)};
  if (select->integer(1) != 0) return {};
  const std::string copy = fmt::format("CREATE TEMP TABLE {}; INSERT INTO temp.{} SELECT * FROM main.{}",
                                       sql.substr(kCreate.size()), table, table);
  select->reset();
  return database_.execute(copy);
}

Result<void> EngagementStore::end_trial() {
  on_trial_ = false;
  if (auto done = database_.execute("ROLLBACK"); !done) return done;
  return forget_names();
}

/// Numbers of names that are no longer there.
Result<void> EngagementStore::forget_names() {
  accounts_ = NameTable();
  pages_ = NameTable();
  signal_sets_ = NameTable();
  return prepare();
}

Result<void> EngagementStore::add(const CountedVisit& visit) {
  Pending& pending = pending_.emplace_back();
  pending.day = visit.day;
  pending.request = visit.request;
  pending.person = visit.person;
  const auto account = accounts_.id_of(visit.account);
  if (!account) return account.error();
  pending.account = *account;
  const auto page = pages_.id_of(visit.path);
  if (!page) return page.error();
  pending.page = *page;
  if (visit.signals.empty()) return {};
  signals_text_.clear();
  JsonWriter<std::string> json(signals_text_);
  json.begin_array();
  for (const std::string_view signal : visit.signals) json.string(signal);
  json.end_array();
  const auto signals = signal_sets_.id_of(signals_text_);
  if (!signals) return signals.error();
  pending.signals = *signals;
  return {};
}

/// Of two lines with one request id, which nginx never writes, the same one counts whichever comes first.
Result<bool> EngagementStore::goes_before(const Pending& visit, int64_t person, int64_t page,
                                          int64_t signals) {
  if (visit.person != person) return visit.person < person;
  if (visit.page != page) {
    const auto ours = pages_.name_of(visit.page);
    const auto theirs = pages_.name_of(page);
    if (!ours || !theirs) return (!ours ? ours : theirs).error();
    return *ours < *theirs;
  }
  std::string text[2];
  for (const auto& [id, to] : {std::pair{visit.signals, &text[0]}, std::pair{signals, &text[1]}}) {
    if (id == 0) continue;
    auto name = signal_sets_.name_of(id);
    if (!name) return name.error();
    *to = *std::move(name);
  }
  return text[0] < text[1];
}

/// The request is there already. True: this line takes its place.
Result<bool> EngagementStore::settle(const Pending& visit) {
  find_visit_.bind(1, visit.day);
  find_visit_.bind(2, visit.account);
  find_visit_.bind_hash(3, visit.request);
  const auto row = find_visit_.step();
  if (!row) return row.error();
  if (!*row) return Error{"a visit that is there cannot be found"};
  const int64_t person = find_visit_.integer(0), page = find_visit_.integer(1),
                signals = find_visit_.integer(2);
  find_visit_.reset();
  if (std::tuple(person, page, signals) == std::tuple(visit.person, visit.page, visit.signals)) return false;
  const auto before = goes_before(visit, person, page, signals);
  if (!before || !*before) return before;
  replace_visit_.bind(1, visit.day);
  replace_visit_.bind(2, visit.account);
  replace_visit_.bind_hash(3, visit.request);
  replace_visit_.bind(4, visit.person);
  replace_visit_.bind(5, visit.page);
  replace_visit_.bind(6, visit.signals);
  if (auto done = replace_visit_.run(); !done) return done.error();
  return true;
}

/// False: all of it was there.
Result<bool> EngagementStore::store(const Pending& visit) {
  insert_visit_.bind(1, visit.day);
  insert_visit_.bind(2, visit.account);
  insert_visit_.bind_hash(3, visit.request);
  insert_visit_.bind(4, visit.person);
  insert_visit_.bind(5, visit.page);
  insert_visit_.bind(6, visit.signals);
  if (auto done = insert_visit_.run(); !done) return done.error();
  if (database_.changes() > 0) {
    ++counted_;
    return true;
  }
  ++known_;
  return settle(visit);
}

Result<void> EngagementStore::flush() {
  // In the table's order: neighbours go to the same places on disk.
  std::sort(pending_.begin(), pending_.end(), [](const Pending& a, const Pending& b) {
    if (a.day != b.day) return a.day < b.day;
    if (a.account != b.account) return a.account < b.account;
    return std::memcmp(&a.request, &b.request, sizeof a.request) < 0;
  });
  const Pending* marked = nullptr;
  bool any = false;
  for (const Pending& visit : pending_) {
    const auto changed = store(visit);
    if (!changed) return changed.error();
    any = any || *changed;
    if (!*changed || (marked != nullptr && marked->day == visit.day && marked->account == visit.account))
      continue;
    marked = &visit;
    mark_stale_.bind(1, visit.day);
    mark_stale_.bind(2, visit.account);
    if (auto done = mark_stale_.run(); !done) return done;
  }
  pending_.clear();
  return any ? raise_meta(kVisitsVersion, 1) : Result<void>();
}

Result<void> EngagementStore::clear_visits() {
  if (auto done =
          database_.execute("DELETE FROM visit; DELETE FROM stale; DELETE FROM day; DELETE FROM place; "
                            "DELETE FROM stream_place; DELETE FROM signal_set; DELETE FROM page; "
                            "DELETE FROM account;");
      !done)
    return done;
  for (const std::string_view name : {kLinesRead, kRead, kKeptFrom, kVisitsGoneBefore, kDroppedBefore}) {
    if (auto set = set_meta(name, "0"); !set) return set;
  }
  if (auto raised = raise_meta(kVisitsVersion, 1); !raised) return raised;
  if (auto raised = raise_meta(kClearings, 1); !raised) return raised;
  return forget_names();
}

Result<uint64_t> EngagementStore::lines_read() {
  return meta_number(kLinesRead);
}

Result<void> EngagementStore::count_lines(uint64_t lines) {
  return raise_meta(kLinesRead, lines);
}

Result<bool> EngagementStore::was_read() {
  const auto read = meta_number(kRead);
  return read ? Result<bool>(*read != 0) : Result<bool>(read.error());
}

Result<void> EngagementStore::note_read() {
  const auto read = was_read();
  if (!read) return read.error();
  return *read ? Result<void>() : set_meta(kRead, "1");
}

Result<uint64_t> EngagementStore::visits_version() {
  return meta_number(kVisitsVersion);
}

Result<uint64_t> EngagementStore::meta_number(std::string_view name) {
  const auto text = meta(name);
  if (!text) return text.error();
  uint64_t value = 0;
  std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

Result<void> EngagementStore::raise_meta(std::string_view name, uint64_t by) {
  const auto value = meta_number(name);
  if (!value) return value.error();
  return set_meta(name, std::to_string(*value + by));
}

Result<std::string> EngagementStore::meta(std::string_view name) {
  auto select = database_.prepare("SELECT value FROM meta WHERE name = ?1");
  if (!select) return select.error();
  select->bind_text(1, name);
  const auto row = select->step();
  if (!row) return row.error();
  return *row ? std::string(select->text(0)) : std::string();
}

Result<void> EngagementStore::set_meta(std::string_view name, std::string_view value) {
  auto insert = database_.prepare("INSERT OR REPLACE INTO meta VALUES (?1, ?2)");
  if (!insert) return insert.error();
  insert->bind_text(1, name);
  insert->bind_text(2, value);
  return insert->run();
}

}  // namespace abm::measure
