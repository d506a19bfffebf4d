// What the queries say of each account: when its days begin, and when it first reached the goal in them.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "measure/report/rollup.h"
#include "measure/report/tables.h"
#include "measure/store/listed_arms.h"
#include "tests/measure/report_testing.h"

namespace abm::measure {
namespace {

using testing::Folder;
using testing::Line;
using testing::load;
using testing::request_id;

/// 2026-11-03T00:00:00Z
constexpr int64_t kThird = 1793664000000;
constexpr int64_t kHourMs = 3'600'000;

class Visits {
 public:
  Line& add(const std::string& account, const std::string& ts, const std::string& path,
            const std::string& arm) {
    Line& line = lines_.emplace_back();
    line.request_id = request_id(lines_.size());
    line.account = account;
    line.ts = "2026-11-" + ts + ":00.000Z";
    line.path = path;
    line.arm = arm;
    return line;
  }

  /// `listed`: SQL that fills the account list.
  [[nodiscard]] Table ask(const std::string& name, const std::string& listed = {}) const {
    std::string text;
    for (const Line& line : lines_) (text += line.text()) += '\n';
    const Folder folder;
    auto store = VisitStore::open("");
    EXPECT_TRUE(store.ok());
    load(*store, {folder.write("log", text)});
    EXPECT_TRUE(store->database().execute(listed).ok());
    const RollupOptions options{.period = {}, .goals = {"/demo"}};
    EXPECT_TRUE(roll_up(store->database(), options, [](uint64_t, uint64_t) {}).ok());
    auto queries = load_queries("");
    std::erase_if(*queries, [&](const Query& query) { return query.name != name; });
    auto tables = run_queries(store->database(), *queries, [](uint64_t, uint64_t) {});
    EXPECT_TRUE(tables.ok()) << tables.message();
    return find_table(*tables, name);
  }

 private:
  std::vector<Line> lines_;
};

size_t row_of(const Table& table, std::string_view account) {
  for (size_t i = 0; i < table.rows.size(); ++i) {
    if (table.text(i, "account") == account) return i;
  }
  ADD_FAILURE() << account << " is not in " << table.name;
  return 0;
}

constexpr const char* kTreated = "\"treated\"";
constexpr const char* kControl = "\"control\"";

TEST(GoalAccounts, BeginWithTheFirstVisitThatHasAnArm) {
  Visits visits;
  // The feed had expired: no arm. On the goal page then, and again the next day.
  visits.add("deere", "03T01:00", "/demo", "null");
  visits.add("deere", "03T02:00", "/", kTreated);
  visits.add("deere", "04T05:00", "/demo", kTreated);
  visits.add("deere", "06T05:00", "/demo", kTreated);
  // The first visit is to the goal page.
  visits.add("ford", "03T03:00", "/demo", kControl);
  // On it before and after, on one day: from its first visit on, it is there.
  visits.add("agco", "03T01:00", "/demo", "null");
  visits.add("agco", "03T04:00", "/", kTreated);
  visits.add("agco", "03T09:00", "/demo", kTreated);
  // Only before, and robots later.
  visits.add("case", "03T01:00", "/demo", "null");
  visits.add("case", "03T02:00", "/", kTreated);
  visits.add("case", "05T02:00", "/demo", kTreated).bot = "true";
  // Another salt.
  visits.add("claas", "03T02:00", "/", kTreated);
  visits.add("claas", "05T02:00", "/", kControl);
  const Table table = visits.ask("goal_accounts");
  ASSERT_EQ(table.rows.size(), 5u);
  const size_t deere = row_of(table, "deere"), ford = row_of(table, "ford"), agco = row_of(table, "agco"),
               stays = row_of(table, "case"), claas = row_of(table, "claas");
  EXPECT_EQ(table.integer(deere, "since_ms"), kThird + 2 * kHourMs);
  EXPECT_EQ(table.integer(deere, "reached_ms"), kThird + 29 * kHourMs);
  EXPECT_EQ(table.integer(ford, "since_ms"), kThird + 3 * kHourMs);
  EXPECT_EQ(table.integer(ford, "reached_ms"), kThird + 3 * kHourMs);
  EXPECT_EQ(table.text(ford, "arm"), "control");
  // Within a day only the first and the last visit are known; which day it was is all that counts.
  EXPECT_GE(table.integer(agco, "reached_ms"), kThird + 4 * kHourMs);
  EXPECT_LE(table.integer(agco, "reached_ms"), kThird + 9 * kHourMs);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(table.at(stays, "reached_ms")));
  EXPECT_EQ(table.integer(stays, "reached"), 1) << "for one look, the whole period counts";
  EXPECT_EQ(table.integer(deere, "changed"), 0);
  EXPECT_EQ(table.integer(claas, "changed"), 1);
  EXPECT_EQ(table.text(claas, "arm"), "treated");
}

TEST(RuleAccounts, BeginWhereTheRuleFirstWonASlot) {
  const std::string shown = R"([{"id":"home","variant":null,"slots":{"cta":"applied"}}])";
  const std::string held = R"([{"id":"home","variant":null,"slots":{"cta":"skipped:holdout"}}])";
  Visits visits;
  visits.add("deere", "03T01:00", "/demo", kTreated);
  visits.add("deere", "03T02:00", "/", kTreated).rules = shown;
  visits.add("deere", "07T02:00", "/demo", kTreated);
  visits.add("ford", "03T01:00", "/demo", kTreated);
  visits.add("ford", "04T02:00", "/", "\"holdout\"").rules = held;
  visits.add("agco", "03T02:00", "/", kTreated).rules = shown;
  visits.add("agco", "04T02:00", "/", "\"holdout\"").rules = held;
  const Table table = visits.ask("rule_accounts");
  ASSERT_EQ(table.rows.size(), 3u);
  const size_t deere = row_of(table, "deere"), ford = row_of(table, "ford"), agco = row_of(table, "agco");
  EXPECT_EQ(table.integer(deere, "since_ms"), kThird + 2 * kHourMs);
  EXPECT_EQ(table.integer(deere, "reached_ms"), kThird + 98 * kHourMs);
  EXPECT_EQ(table.integer(deere, "reached"), 1);
  EXPECT_EQ(table.integer(ford, "held_out"), 1);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(table.at(ford, "reached_ms")));
  EXPECT_EQ(table.integer(ford, "reached"), 0);
  EXPECT_EQ(table.integer(ford, "changed"), 0);
  EXPECT_EQ(table.integer(agco, "held_out"), 0);
  EXPECT_EQ(table.integer(agco, "changed"), 1);
}

TEST(AddedBySource, CountsWhatOnlyThatSourceKnows) {
  Visits visits;
  // Known by address, too.
  visits.add("deere", "03T01:00", "/", kTreated);
  visits.add("deere", "03T02:00", "/", kTreated).source = "link";
  // Only by its link, and by the cookie that it left.
  visits.add("ford", "03T03:00", "/", kTreated).source = "link";
  visits.add("ford", "04T03:00", "/", kTreated).source = "remembered";
  visits.add("ford", "05T03:00", "/", kTreated).source = "remembered";
  // Only by a cookie: its link was followed before.
  visits.add("agco", "03T03:00", "/", kTreated).source = "remembered";
  visits.add("case", "03T03:00", "/", kTreated).source = "identity";
  visits.add("claas", "03T03:00", "/", kTreated).source = "link";
  visits.add("claas", "03T03:00", "/", kTreated).source = "identity";
  Line& robot = visits.add("robot", "03T03:00", "/", kTreated);
  robot.source = "link";
  robot.bot = "true";
  const Table table = visits.ask("added_by_source");
  const auto row = [&](std::string_view source) {
    for (size_t i = 0; i < table.rows.size(); ++i) {
      if (table.text(i, "source") == source)
        return std::vector<int64_t>{table.integer(i, "visits"), table.integer(i, "accounts"),
                                    table.integer(i, "known_only_by_this"),
                                    table.integer(i, "visits_of_those")};
    }
    return std::vector<int64_t>{};
  };
  EXPECT_EQ(table.rows.size(), 4u);
  EXPECT_EQ(row("feed"), (std::vector<int64_t>{1, 1, 0, 0}));
  EXPECT_EQ(row("link"), (std::vector<int64_t>{3, 3, 1, 1}));
  EXPECT_EQ(row("remembered"), (std::vector<int64_t>{3, 2, 1, 1}));
  EXPECT_EQ(row("identity"), (std::vector<int64_t>{2, 2, 1, 1}));
}

TEST(Campaigns, CountWhoFollowedTheirLinks) {
  Visits visits;
  const auto by_link = [&](const char* account, const char* ts, const char* role,
                           const char* campaign) -> Line& {
    Line& line = visits.add(account, ts, "/", kTreated);
    line.source = "link";
    line.role = role;
    line.campaign = campaign;
    return line;
  };
  by_link("deere", "03T01:00", "plant manager", "q4");
  by_link("deere", "05T01:00", "buyer", "q4");
  by_link("ford", "04T01:00", "buyer", "q4").bot = "true";
  by_link("ford", "04T02:00", "", "spring");
  by_link("agco", "04T02:00", "buyer", "");
  visits.add("deere", "06T01:00", "/", kTreated).source = "remembered";
  visits.add("deere", "02T01:00", "/", kTreated);
  const Table table = visits.ask("campaigns");
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_EQ(table.text(0, "campaign"), "q4");
  EXPECT_EQ(table.integer(0, "visits"), 2);
  EXPECT_EQ(table.integer(0, "accounts"), 1);
  EXPECT_EQ(table.integer(0, "roles"), 2);
  EXPECT_EQ(table.integer(0, "known_only_by_links"), 0);
  EXPECT_EQ(table.integer(0, "came_back"), 1);
  EXPECT_EQ(table.text(0, "first_visit"), "2026-11-03 01:00");
  EXPECT_EQ(table.text(0, "last_visit"), "2026-11-05 01:00");
  for (size_t i = 1; i < 3; ++i) {
    EXPECT_EQ(table.integer(i, "known_only_by_links"), 1);
    EXPECT_EQ(table.integer(i, "came_back"), 0);
  }
}

TEST(SampleRatioQuery, CountsListedAccountsByTheArmTheyWereFirstIn) {
  const std::string shown = R"([{"id":"home","variant":null,"slots":{"cta":"applied"}}])";
  const std::string held = R"([{"id":"home","variant":null,"slots":{"cta":"skipped:holdout"}}])";
  Visits visits;
  visits.add("deere", "03T02:00", "/", kTreated).rules = shown;
  visits.add("deere", "04T02:00", "/", kControl);
  visits.add("ford", "03T02:00", "/", "\"holdout\"").rules = held;
  visits.add("agco", "03T02:00", "/", kControl);
  visits.add("robot", "03T02:00", "/", kControl).bot = "true";
  visits.add("unlisted", "03T02:00", "/", kControl);
  visits.add("excluded", "03T02:00", "/", kControl);
  const Table table =
      visits.ask("sample_ratio",
                 "INSERT INTO listed SELECT value, value, 'untiered', NULL, NULL, value = 'excluded', NULL "
                 "FROM json_each('[\"deere\",\"ford\",\"agco\",\"robot\",\"excluded\",\"absent\"]')");
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(table.at(0, "rule")));
  EXPECT_EQ(table.integer(0, "treated"), 2);
  EXPECT_EQ(table.integer(0, "kept_back"), 1);
  EXPECT_EQ(table.text(1, "rule"), "home");
  EXPECT_EQ(table.integer(1, "treated"), 1);
  EXPECT_EQ(table.integer(1, "kept_back"), 1);
}

/// Goals, their pages and groups of a size (g) are a few; the others have one row.
bool is_small(std::string_view detail) {
  constexpr std::string_view kSmall[] = {"goal", "g", "known", "oldest", "period"};
  return std::any_of(std::begin(kSmall), std::end(kSmall),
                     [&](std::string_view table) { return detail == "SCAN " + std::string(table); });
}

// A table that is scanned for each row of another takes hours with 50,000 accounts, in a subquery as in a
// join.
TEST(BuiltInQueries, DoNotScanATableForEachRow) {
  auto store = VisitStore::open("");
  ASSERT_TRUE(store.ok());
  Database& database = store->database();
  ASSERT_TRUE(set_listed_arms(database, {}).ok());
  ASSERT_TRUE(roll_up(database, {.period = {}, .goals = {"/demo"}}, [](uint64_t, uint64_t) {}).ok());
  const auto queries = load_queries("");
  ASSERT_TRUE(queries.ok());
  EXPECT_GT(queries->size(), 20u);
  for (const Query& query : *queries) {
    // Comments first: EXPLAIN goes before the statement itself.
    const size_t begin = query.sql.find("\nWITH ") < query.sql.find("\nSELECT ")
                             ? query.sql.find("\nWITH ")
                             : query.sql.find("\nSELECT ");
    ASSERT_NE(begin, std::string::npos) << query.name;
    auto plan = database.prepare("EXPLAIN QUERY PLAN " + query.sql.substr(begin));
    ASSERT_TRUE(plan.ok()) << query.name << ": " << plan.message();
    std::set<int64_t> for_each_row;
    std::map<int64_t, std::string> scanned;  // by the join that the plan has it in: the outermost loop
    for (auto row = plan->step(); row.ok() && *row; row = plan->step()) {
      const std::string detail(plan->text(3));
      if (detail.starts_with("CORRELATED")) for_each_row.insert(plan->integer(0));
      EXPECT_FALSE(for_each_row.contains(plan->integer(1)) && detail.starts_with("SCAN"))
          << query.name << ".sql: " << detail << " for each row";
      if (!detail.starts_with("SCAN") || is_small(detail)) continue;
      const auto [outer, is_outermost] = scanned.emplace(plan->integer(1), detail);
      EXPECT_TRUE(is_outermost) << query.name << ".sql: " << detail << " for each row of " << outer->second;
    }
  }
}

}  // namespace
}  // namespace abm::measure
