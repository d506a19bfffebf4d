// One pass over `visit`; each table is a hash map from its key columns to counts.
#include "measure/report/rollup.h"

#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/hash.h"
#include "measure/embedded.h"
#include "measure/report/seen_rollup.h"
#include "measure/visits/visit_line.h"
#include "rules/program/glob_match.h"
#include "rules/read/globs.h"

namespace abm::measure {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr uint64_t kRowsBetweenProgress = 1 << 16;

template <size_t N>
using Key = std::array<int64_t, N>;

template <size_t N>
struct HashOf {
  size_t operator()(const Key<N>& key) const noexcept {
    return hash64({reinterpret_cast<const char*>(key.data()), sizeof key});
  }
};

struct Count {
  int64_t visits = 0;
  int64_t first_ms = std::numeric_limits<int64_t>::max();
  int64_t last_ms = 0;

  void add(int64_t ts_ms) noexcept {
    ++visits;
    first_ms = std::min(first_ms, ts_ms);
    last_ms = std::max(last_ms, ts_ms);
  }
};

template <size_t N>
using Counts = std::unordered_map<Key<N>, Count, HashOf<N>>;

/// Columns of `visit` in the order of the pass.
struct Row {
  int64_t ts_ms, bot, account_state, page, decision, rewrite_us, load;
  std::optional<int64_t> content, signal_set, visitor;
};

std::optional<int64_t> optional_integer(const Statement& statement, int column) noexcept {
  if (statement.type(column) == SQLITE_NULL) return std::nullopt;
  return statement.integer(column);
}

/// Small tables that rows refer to by id.
struct Lookups {
  std::vector<int64_t> account_of_state;  ///< a number for each account
  std::vector<std::string> accounts;
  std::vector<int64_t> personalized;  ///< by decision
  std::vector<int64_t> could_be;      ///< by decision: personalized, as rollup.sql says
  std::vector<int64_t> arm;           ///< by decision: index into arms
  std::vector<std::string> arms{""};  ///< "": none
};

template <typename T>
int64_t number_of(std::unordered_map<std::string, int64_t>& numbers, std::vector<T>& names,
                  std::string_view name) {
  const auto [place, fresh] = numbers.try_emplace(std::string(name), static_cast<int64_t>(names.size()));
  if (fresh) names.emplace_back(name);
  return place->second;
}

Result<void> read_lookups(Database& database, Lookups& lookups) {
  auto states = database.prepare("SELECT id, account FROM account_state");
  if (!states) return states.error();
  std::unordered_map<std::string, int64_t> numbers;
  for (;;) {
    const auto row = states->step();
    if (!row) return row.error();
    if (!*row) break;
    const auto id = static_cast<size_t>(states->integer(0));
    if (lookups.account_of_state.size() <= id) lookups.account_of_state.resize(id + 1);
    lookups.account_of_state[id] = number_of(numbers, lookups.accounts, states->text(1));
  }
  auto decisions = database.prepare("SELECT id, personalized, ifnull(arm, '') FROM decision");
  if (!decisions) return decisions.error();
  numbers = {{"", 0}};
  for (;;) {
    const auto row = decisions->step();
    if (!row) return row.error();
    if (!*row) return {};
    const auto id = static_cast<size_t>(decisions->integer(0));
    if (lookups.personalized.size() <= id) {
      lookups.personalized.resize(id + 1);
      lookups.could_be.resize(id + 1);
      lookups.arm.resize(id + 1);
    }
    lookups.personalized[id] = decisions->integer(1);
    lookups.could_be[id] = decisions->text(2) == "treated" ? 1 : 0;
    lookups.arm[id] = number_of(numbers, lookups.arms, decisions->text(2));
  }
}

class Rollup {
 public:
  Rollup(const Period& period, std::unordered_set<int64_t> goal_pages)
      : period_(period), goal_pages_(std::move(goal_pages)) {}

  [[nodiscard]] Lookups& lookups() noexcept { return lookups_; }

  void add(const Row& row) {
    const int64_t account = lookups_.account_of_state[static_cast<size_t>(row.account_state)];
    const bool is_page = row.load == 0;
    if (is_page && row.bot == 0 && row.ts_ms >= kEarliestVisitMs) first_seen_[{account}].add(row.ts_ms);
    if (row.ts_ms < period_.from_ms || row.ts_ms >= period_.to_ms) return;
    const int64_t day = row.ts_ms / kDayMs;
    const int64_t personalized = lookups_.personalized[static_cast<size_t>(row.decision)];
    by_load_[{row.account_state, row.load, row.bot}].add(row.ts_ms);
    by_time_[{personalized, row.rewrite_us}].add(row.ts_ms);
    if (!is_page) return;
    by_day_[{row.account_state, day, row.bot, personalized}].add(row.ts_ms);
    const int64_t could_be = lookups_.could_be[static_cast<size_t>(row.decision)];
    by_page_[{row.account_state, row.page, row.bot, personalized, could_be}].add(row.ts_ms);
    by_decision_[{row.account_state, row.decision, row.bot}].add(row.ts_ms);
    if (row.bot == 0 && goal_pages_.contains(row.page))
      goal_by_day_[{row.account_state, row.page, day}].add(row.ts_ms);
    if (row.content.has_value()) {
      const int64_t arm = lookups_.arm[static_cast<size_t>(row.decision)];
      by_content_[{row.account_state, *row.content, row.bot, arm}].add(row.ts_ms);
    }
    if (row.signal_set.has_value())
      by_signal_[{row.account_state, *row.signal_set, row.page, row.bot}].add(row.ts_ms);
    if (row.bot == 0 && row.visitor.has_value() && people_.insert({account, day, *row.visitor}).second) {
      people_by_day_[{account, day}].add(row.ts_ms);
    }
  }

  [[nodiscard]] Result<void> write(Database& database) {
    if (auto done =
            write_table(database, "by_day (account_state, day, bot, personalized, visits)", by_day_, {}, 1);
        !done)
      return done;
    if (auto done = write_table(
            database, "by_page (account_state, page, bot, personalized, could_be, visits, first_ms, last_ms)",
            by_page_, {}, 3);
        !done) {
      return done;
    }
    if (auto done =
            write_table(database, "by_content (account_state, content, bot, arm, visits, first_ms, last_ms)",
                        by_content_, {.column = 3, .names = &lookups_.arms}, 3);
        !done) {
      return done;
    }
    if (auto done =
            write_table(database, "by_decision (account_state, decision, bot, visits, first_ms, last_ms)",
                        by_decision_, {}, 3);
        !done) {
      return done;
    }
    if (auto done = write_table(database, "by_signal (account_state, signal_set, page, bot, visits, last_ms)",
                                by_signal_, {.skip_first_ms = true}, 3);
        !done) {
      return done;
    }
    if (auto done = write_table(database, "goal_by_day (account_state, page, day, first_ms, last_ms)",
                                goal_by_day_, {.skip_visits = true}, 3);
        !done) {
      return done;
    }
    const Names accounts{.column = 0, .names = &lookups_.accounts};
    if (auto done =
            write_table(database, "people_by_day (account, day, people)", people_by_day_, accounts, 1);
        !done)
      return done;
    if (auto done = write_table(database, "by_load (account_state, load, bot, visits)", by_load_, {}, 1);
        !done)
      return done;
    if (auto done = write_table(database, "by_time (personalized, rewrite_us, visits)", by_time_, {}, 1);
        !done)
      return done;
    Names first = accounts;
    first.skip_visits = true;
    return write_table(database, "first_seen (account, first_ms)", first_seen_, first, 2);
  }

 private:
  /// Which key column holds the number of a name, and which counts a table lacks.
  struct Names {
    int column = -1;
    const std::vector<std::string>* names = nullptr;
    bool skip_visits = false;
    bool skip_first_ms = false;
  };

  /// The first `counts` columns of visits, first_ms and last_ms, without those that are skipped.
  template <size_t N>
  [[nodiscard]] static Result<void> write_table(Database& database, std::string_view table,
                                                const Counts<N>& rows, const Names& names, int counts) {
    if (auto made = database.execute(fmt::format("CREATE TEMP TABLE {}", table)); !made) return made;
    const int columns =
        static_cast<int>(N) + counts - (names.skip_visits ? 1 : 0) - (names.skip_first_ms ? 1 : 0);
    std::string places = "?";
    for (int i = 1; i < columns; ++i) places += ",?";
    auto insert =
        database.prepare(fmt::format("INSERT INTO {} VALUES ({})", table.substr(0, table.find(' ')), places));
    if (!insert) return insert.error();
    for (const auto& [key, count] : rows) {
      int parameter = 0;
      for (size_t i = 0; i < N; ++i) {
        ++parameter;
        if (static_cast<int>(i) != names.column) {
          insert->bind(parameter, key[i]);
        } else if (const std::string& name = (*names.names)[static_cast<size_t>(key[i])]; name.empty()) {
          insert->bind_null(parameter);
        } else {
          insert->bind_text(parameter, name);
        }
      }
      if (!names.skip_visits) insert->bind(++parameter, count.visits);
      if (!names.skip_first_ms && counts > 1) insert->bind(++parameter, count.first_ms);
      if (counts > 2) insert->bind(++parameter, count.last_ms);
      if (auto done = insert->run(); !done) return done;
    }
    return {};
  }

  Period period_;
  std::unordered_set<int64_t> goal_pages_;
  Lookups lookups_;
  Counts<5> by_page_;
  Counts<4> by_day_, by_content_, by_signal_;
  Counts<3> by_decision_, by_load_, goal_by_day_;
  Counts<2> by_time_, people_by_day_;
  Counts<1> first_seen_;
  std::unordered_set<Key<3>, HashOf<3>> people_;  ///< account, day, visitor
};

Result<void> write_goals(Database& database, const std::vector<std::string>& goals) {
  auto goal = database.prepare("INSERT INTO goal VALUES (?1, ?2)");
  auto goal_page = database.prepare("INSERT INTO goal_page VALUES (?1, ?2)");
  if (!goal) return goal.error();
  if (!goal_page) return goal_page.error();
  int64_t number = 0;
  for (const std::string& text : goals) {
    if (const std::string fault = rules::glob_fault(text); !fault.empty())
      return Error{fmt::format("--goal '{}': the path {}", text, fault)};
    const auto glob = rules::parse_glob(text);
    if (!glob.has_value()) return Error{fmt::format("--goal '{}': the path is too long", text)};
    goal->bind(1, ++number);
    goal->bind_text(2, text);
    if (auto done = goal->run(); !done) return done;
    auto pages = database.prepare("SELECT id, path FROM page");
    if (!pages) return pages.error();
    for (;;) {
      const auto row = pages->step();
      if (!row) return row.error();
      if (!*row) break;
      if (!rules::glob_matches(*glob, pages->text(1))) continue;
      goal_page->bind(1, number);
      goal_page->bind(2, pages->integer(0));
      if (auto done = goal_page->run(); !done) return done;
    }
  }
  return {};
}

Result<std::unordered_set<int64_t>> all_goal_pages(Database& database) {
  auto pages = database.prepare("SELECT DISTINCT page FROM goal_page");
  if (!pages) return pages.error();
  std::unordered_set<int64_t> all;
  for (;;) {
    const auto row = pages->step();
    if (!row) return row.error();
    if (!*row) return all;
    all.insert(pages->integer(0));
  }
}

constexpr const char* kTables[] = {"period",     "goal",        "goal_page",  "by_day",        "by_page",
                                   "by_content", "by_decision", "by_signal",  "people_by_day", "by_load",
                                   "by_time",    "first_seen",  "goal_by_day"};

}  // namespace

Result<void> roll_up(Database& database, const RollupOptions& options,
                     const std::function<void(uint64_t done, uint64_t total)>& progress) {
  std::string setup;
  for (const char* table : kTables) setup += fmt::format("DROP TABLE IF EXISTS temp.{};", table);
  setup += fmt::format(
      "CREATE TEMP TABLE IF NOT EXISTS listed_arm (account TEXT PRIMARY KEY, arm TEXT NOT NULL, unit TEXT NOT NULL) WITHOUT ROWID;"
      "CREATE TEMP TABLE period (from_ms INTEGER, to_ms INTEGER); INSERT INTO period VALUES ({}, {});"
      "CREATE TEMP TABLE goal (goal INTEGER, name TEXT);"
      "CREATE TEMP TABLE goal_page (goal INTEGER, page INTEGER, PRIMARY KEY (goal, page)) WITHOUT ROWID;",
      options.period.from_ms, options.period.to_ms);
  if (auto done = database.execute("BEGIN;" + setup); !done) return done;
  if (auto done = write_goals(database, options.goals); !done) return done;
  auto goal_pages = all_goal_pages(database);
  if (!goal_pages) return goal_pages.error();
  Rollup rollup(options.period, std::move(*goal_pages));
  if (auto done = read_lookups(database, rollup.lookups()); !done) return done;
  const auto total = database.number("SELECT max(rowid) FROM visit");
  if (!total) return total.error();
  SeenRollup seen;
  if (auto done = seen.begin(database); !done) return done;
  auto visits = database.prepare(
      "SELECT ts_ms, bot, account_state, page, decision, rewrite_us, load, content, signal_set, visitor, "
      "request_id FROM visit");
  if (!visits) return visits.error();
  for (uint64_t done = 0;; ++done) {
    const auto row = visits->step();
    if (!row) return row.error();
    if (!*row) break;
    if (done % kRowsBetweenProgress == 0) progress(done, static_cast<uint64_t>(total->value_or(0)));
    const Row visit{visits->integer(0),          visits->integer(1),           visits->integer(2),
                    visits->integer(3),          visits->integer(4),           visits->integer(5),
                    visits->integer(6),          optional_integer(*visits, 7), optional_integer(*visits, 8),
                    optional_integer(*visits, 9)};
    rollup.add(visit);
    const bool counts =
        visit.load == 0 && visit.ts_ms >= options.period.from_ms && visit.ts_ms < options.period.to_ms;
    if (auto told =
            seen.add({visits->hash(10), visit.account_state, visit.page, visit.bot, visit.content, counts});
        !told) {
      return told;
    }
  }
  if (auto done = rollup.write(database); !done) return done;
  if (auto done = seen.write(database); !done) return done;
  return database.execute(std::string(kAssignedSql) + "COMMIT");
}

}  // namespace abm::measure
