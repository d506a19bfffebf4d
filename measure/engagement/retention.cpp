#include "measure/engagement/retention.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "measure/engagement/unused_names.h"

namespace abm::measure {
namespace {

constexpr int kRowsOfBatch = 20'000;
constexpr int kDaysOfAccountBatch = 200;
constexpr int64_t kPagesOfStep = 2'000;
constexpr int64_t kMostFreePages = 256;  // that are left alone, however small the file
constexpr int kTriesForNames = 10;
constexpr std::string_view kNamesDue = "names_due";  // in meta: visits are gone, names not yet
constexpr const char* kWriteAnew =
    "PRAGMA auto_vacuum = INCREMENTAL; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)";
constexpr const char* kDropStale =
    "DELETE FROM stale WHERE (day, account) IN (SELECT day, account FROM stale WHERE day < ?1 LIMIT ?2)";

Result<int64_t> pragma(Database& database, const char* name) {
  const auto value = database.number(fmt::format("PRAGMA {}", name));
  if (!value) return value.error();
  return value->value_or(0);
}

/// A file of before retention is written anew once; others give back what is free, bit by bit.
Result<void> make_smaller(Database& database) {
  const auto free = pragma(database, "freelist_count"), all = pragma(database, "page_count");
  if (!free || !all) return (!free ? free : all).error();
  if (*free <= kMostFreePages || *free < *all / 4) return {};
  const auto incremental = pragma(database, "auto_vacuum");
  if (!incremental) return incremental.error();
  if (*incremental == 0) return database.execute(kWriteAnew);
  for (int64_t left = *free; left > 0; left -= kPagesOfStep) {
    const std::string step = fmt::format("PRAGMA incremental_vacuum({})", kPagesOfStep);
    if (auto done = database.execute(step); !done) return done;
  }
  return database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

class Retention {
 public:
  Retention(EngagementStore& store, std::function<bool()> stop) : store_(store), stop_(std::move(stop)) {}

  Result<Dropped> drop();
  Result<Dropped> forget(const std::string& account);

 private:
  [[nodiscard]] bool stopped() const { return stop_ && stop_(); }
  Result<void> note_what_goes();
  Result<void> drop_rows(const char* sql, uint64_t& count);
  Result<bool> drop_names();
  Result<void> forget_visits(int64_t account);
  Result<bool> forget_some_days(int64_t account);
  Result<uint64_t> run(const char* sql, int64_t first, int64_t second);

  EngagementStore& store_;
  std::function<bool()> stop_;
  Day first_ = 0;
  Dropped dropped_;
};

/// What the last day is of which something goes, before it does.
Result<void> Retention::note_what_goes() {
  const auto last_of = [this](const char* sql) -> Result<int64_t> {
    auto select = store_.database().prepare(sql);
    if (!select) return select.error();
    select->bind(1, first_);
    const auto row = select->step();
    if (!row) return row.error();
    return *row && select->type(0) != SQLITE_NULL ? select->integer(0) : -1;
  };
  if (auto begun = store_.begin(); !begun) return begun;
  const auto visit = last_of("SELECT max(day) FROM visit WHERE day < ?1");
  if (!visit) return visit.error();
  // An entry says what the list said until the day before the next one.
  const auto entry = last_of(
      "SELECT max(next) - 1 FROM (SELECT lead(day) OVER (PARTITION BY account, field ORDER BY day) AS next "
      "FROM listed) WHERE next <= ?1");
  if (!entry) return entry.error();
  if (auto noted = note_gone(store_, kVisitsGoneBefore, static_cast<Day>(*visit + 1)); !noted) return noted;
  if (auto noted = note_gone(store_, kListGoneBefore, static_cast<Day>(*entry + 1)); !noted) return noted;
  if (*visit >= 0) {
    if (auto noted = store_.set_meta(kNamesDue, "1"); !noted) return noted;
  }
  return store_.commit();
}

/// `sql` deletes at most ?2 rows of what is before ?1.
Result<void> Retention::drop_rows(const char* sql, uint64_t& count) {
  auto remove = store_.database().prepare(sql);
  if (!remove) return remove.error();
  for (bool more = true; more && !stopped();) {
    if (auto begun = store_.begin(); !begun) return begun;
    remove->bind(1, first_);
    remove->bind(2, kRowsOfBatch);
    if (auto done = remove->run(); !done) return done;
    const int rows = store_.database().changes();
    if (auto committed = store_.commit(); !committed) return committed;
    count += static_cast<uint64_t>(rows);
    more = rows == kRowsOfBatch;
  }
  return {};
}

/// False: to be tried again.
Result<bool> Retention::drop_names() {
  const auto due = store_.meta_number(kNamesDue);
  if (!due) return due.error();
  if (*due == 0) return true;
  const auto names = drop_unused_names(store_);
  if (!names) return names.error();
  dropped_.names += names->count;
  return names->all;
}

Result<Dropped> Retention::drop() {
  first_ = store_.kept_from();
  const auto before = store_.meta_number(kDroppedBefore);
  if (!before) return before.error();
  if (static_cast<Day>(*before) >= first_) return dropped_;
  // What is deleted is overwritten.
  if (auto set = store_.database().execute("PRAGMA secure_delete = ON"); !set) return set.error();
  if (auto noted = note_what_goes(); !noted) return noted.error();
  // Days before visits, between stale ones: else a day could be counted again while its visits go.
  uint64_t stale = 0;
  const std::pair<const char*, uint64_t*> steps[] = {
      {kDropStale, &stale},
      {"DELETE FROM day WHERE (account, day) IN (SELECT day.account, day.day FROM account "
       "JOIN day ON day.account = account.id AND day.day < ?1 LIMIT ?2)",
       &dropped_.days},
      {kDropStale, &stale},
      {"DELETE FROM visit WHERE (day, account, request) IN (SELECT day, account, request FROM visit "
       "WHERE day < ?1 LIMIT ?2)",
       &dropped_.visits},
      // The last entry up to the first day says what the list said then.
      {"DELETE FROM listed WHERE (account, field, day) IN (SELECT account, field, day FROM "
       "(SELECT account, field, day, lead(day) OVER (PARTITION BY account, field ORDER BY day) AS next "
       "FROM listed) WHERE next <= ?1 LIMIT ?2)",
       &dropped_.list_entries},
      // Of an account that was not on the list then, nor came back since, only that it was not.
      {"DELETE FROM listed WHERE (account, field, day) IN (SELECT account, field, day FROM listed "
       "WHERE field <> 'tier' AND day <= ?1 AND account IN (SELECT account FROM "
       "(SELECT account, value, max(day) AS last FROM listed WHERE field = 'tier' GROUP BY account) "
       "WHERE last <= ?1 AND value IS NULL) LIMIT ?2)",
       &dropped_.list_entries},
  };
  for (const auto& [sql, count] : steps) {
    if (auto done = drop_rows(sql, *count); !done) return done.error();
  }
  if (stopped()) return dropped_;
  const auto named = drop_names();
  if (!named) return named.error();
  if (!*named) return dropped_;
  if (auto begun = store_.begin(); !begun) return begun.error();
  for (const auto& [name, value] : {std::pair(kDroppedBefore, first_), std::pair(kNamesDue, Day{0})}) {
    if (auto set = store_.set_meta(name, std::to_string(value)); !set) return set.error();
  }
  if (auto committed = store_.commit(); !committed) return committed.error();
  if (const auto done = make_smaller(store_.database()); !done) dropped_.not_smaller = done.message();
  return dropped_;
}

/// How many rows a statement with two parameters deletes.
Result<uint64_t> Retention::run(const char* sql, int64_t first, int64_t second) {
  auto remove = store_.database().prepare(sql);
  if (!remove) return remove.error();
  remove->bind(1, first);
  remove->bind(2, second);
  if (auto done = remove->run(); !done) return done.error();
  return static_cast<uint64_t>(store_.database().changes());
}

/// False: there are none left.
Result<bool> Retention::forget_some_days(int64_t account) {
  auto select = store_.database().prepare(
      "SELECT day FROM day WHERE account = ?1 UNION SELECT day FROM stale WHERE account = ?1 LIMIT ?2");
  if (!select) return select.error();
  select->bind(1, account);
  select->bind(2, kDaysOfAccountBatch);
  std::vector<int64_t> days;
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) break;
    days.push_back(select->integer(0));
  }
  uint64_t visits = 0;
  for (const int64_t day : days) {
    const auto gone = run("DELETE FROM visit WHERE day = ?2 AND account = ?1", account, day);
    if (!gone) return gone.error();
    visits += *gone;
    for (const char* sql : {"DELETE FROM day WHERE account = ?1 AND day = ?2",
                            "DELETE FROM stale WHERE account = ?1 AND day = ?2"}) {
      if (const auto done = run(sql, account, day); !done) return done.error();
    }
    ++dropped_.days;
    if (visits >= kRowsOfBatch) break;
  }
  dropped_.visits += visits;
  return !days.empty();
}

Result<void> Retention::forget_visits(int64_t account) {
  for (bool more = true; more;) {
    if (auto begun = store_.begin(); !begun) return begun;
    const auto some = forget_some_days(account);
    if (!some) return some.error();
    more = *some;
    if (auto noted = store_.note_visits_gone(); !noted) return noted;
    if (auto committed = store_.commit(); !committed) return committed;
  }
  return {};
}

Result<Dropped> Retention::forget(const std::string& account) {
  Database& database = store_.database();
  if (auto set = database.execute("PRAGMA secure_delete = ON"); !set) return set.error();
  auto find = database.prepare("SELECT id FROM account WHERE name = ?1");
  if (!find) return find.error();
  find->bind_text(1, account);
  const auto known = find->step();
  if (!known) return known.error();
  const int64_t id = *known ? find->integer(0) : 0;
  find->reset();
  if (*known) {
    if (auto done = forget_visits(id); !done) return done.error();
  }
  if (auto begun = store_.begin(); !begun) return begun.error();
  for (const auto& [sql, count] :
       {std::pair("DELETE FROM listed WHERE account = ?1", &dropped_.list_entries),
        std::pair("DELETE FROM published WHERE account = ?1", &dropped_.published)}) {
    auto remove = database.prepare(sql);
    if (!remove) return remove.error();
    remove->bind_text(1, account);
    if (auto done = remove->run(); !done) return done.error();
    *count += static_cast<uint64_t>(database.changes());
  }
  if (auto noted = store_.set_meta(kNamesDue, "1"); !noted) return noted.error();
  if (auto committed = store_.commit(); !committed) return committed.error();
  bool all = false;
  for (int i = 0; !all && i < kTriesForNames; ++i) {
    const auto named = drop_names();
    if (!named) return named.error();
    all = *named;
  }
  if (!all)
    return Error{
        fmt::format("{}: its visits are deleted, its name not yet, for new visits are being read at "
                    "the same time: try again",
                    database.name())};
  // Rows have moved over the years, and left copies in what is free; the log has what was written last.
  if (const auto done = database.execute(kWriteAnew); !done) dropped_.not_smaller = done.message();
  return dropped_;
}

}  // namespace

Result<void> note_gone(EngagementStore& store, std::string_view meta, Day before) {
  const auto known = store.meta_number(meta);
  if (!known) return known.error();
  if (before <= static_cast<Day>(*known)) return {};
  return store.set_meta(meta, std::to_string(before));
}

Result<Day> gone_before(EngagementStore& store) {
  const auto visits = store.meta_number(kVisitsGoneBefore), list = store.meta_number(kListGoneBefore);
  if (!visits || !list) return (!visits ? visits : list).error();
  return static_cast<Day>(std::max(*visits, *list));
}

Result<void> keep_from(EngagementStore& store, Day first) {
  if (auto begun = store.begin(); !begun) return begun;
  if (auto set = store.keep_from(first); !set) return set;
  return store.commit();
}

Result<Dropped> drop_old(EngagementStore& store, const std::function<bool()>& stop) {
  return Retention(store, stop).drop();
}

Result<Dropped> forget_account(EngagementStore& store, const std::string& account) {
  return Retention(store, nullptr).forget(account);
}

}  // namespace abm::measure
