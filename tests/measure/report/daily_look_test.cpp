#include "measure/report/daily_looks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace abm::measure {
namespace {

constexpr int64_t kOneDay = 86'400'000;

FollowedAccount account(int64_t since_day, bool treated, std::optional<int64_t> reached_after_days = {}) {
  FollowedAccount made{since_day * kOneDay, std::to_string(since_day), treated, {}};
  if (reached_after_days.has_value()) made.reached_ms = made.since_ms + *reached_after_days * kOneDay;
  return made;
}

TEST(DailyLook, WaitsUntilAnAccountHasItsDaysBehindIt) {
  const std::vector<FollowedAccount> accounts = {account(0, true, 1), account(1, false), account(2, true)};
  EXPECT_EQ(look_at(accounts, 0.5, 14, 0, 14 * kOneDay - 1).lacks,
            "no account has its first 14 days behind it yet");
  const DailyLook first = look_at(accounts, 0.5, 14, 0, 14 * kOneDay);
  EXPECT_EQ(first.lacks, "");
  EXPECT_EQ(first.treated.accounts, 1u);
  EXPECT_EQ(first.kept_back.accounts, 0u);
  const DailyLook later = look_at(accounts, 0.5, 14, 0, 16 * kOneDay);
  EXPECT_EQ(later.treated.accounts, 2u);
  EXPECT_EQ(later.kept_back.accounts, 1u);
}

TEST(DailyLook, CountsTheFirstDaysOnly) {
  const std::vector<FollowedAccount> accounts = {account(0, true, 0), account(1, true, 13),
                                                 account(2, true, 14), account(3, false, 40)};
  const DailyLook look = look_at(accounts, 0.5, 14, 0, 100 * kOneDay);
  EXPECT_EQ(look.treated.hits, 2u);
  EXPECT_EQ(look.treated.accounts, 3u);
  EXPECT_EQ(look.kept_back.hits, 0u);
}

std::vector<FollowedAccount> programme(double effect) {
  std::mt19937_64 random(5);
  std::vector<FollowedAccount> accounts;
  for (int64_t i = 0; i < 900; ++i) {
    const bool treated = random() % 4 != 0;
    const bool reaches = static_cast<double>(random() % 1000) < 1000 * (0.2 + (treated ? effect : 0));
    accounts.push_back(account(i / 10, treated, reaches ? std::optional(random() % 30) : std::nullopt));
    accounts.back().id = std::to_string(i);
  }
  return accounts;
}

// What makes daily looks honest: knowing the future would not have changed what was said on a day.
TEST(DailyLook, IsNeverRewrittenByWhatHappensLater) {
  const std::vector<FollowedAccount> all = programme(0.1);
  double p = 1;
  uint64_t counted = 0;
  for (int64_t day = 14; day < 120; ++day) {
    std::vector<FollowedAccount> known_then;
    for (FollowedAccount known : all) {
      if (known.since_ms > day * kOneDay) continue;
      if (known.reached_ms.has_value() && *known.reached_ms > day * kOneDay) known.reached_ms.reset();
      known_then.push_back(known);
    }
    const DailyLook then = look_at(known_then, 0.25, 14, 900, day * kOneDay);
    const DailyLook now = look_at(all, 0.25, 14, 900, day * kOneDay);
    ASSERT_EQ(then.p, now.p) << "day " << day;
    ASSERT_EQ(then.treated.hits, now.treated.hits) << "day " << day;
    ASSERT_LE(then.p, p) << "day " << day;
    ASSERT_GE(then.treated.accounts + then.kept_back.accounts, counted);
    p = then.p;
    counted = then.treated.accounts + then.kept_back.accounts;
  }
  EXPECT_EQ(counted, 900u);
}

TEST(DailyLook, DoesNotDependOnTheOrderOfItsInput) {
  std::vector<FollowedAccount> accounts = programme(0.1);
  const double p = look_at(accounts, 0.25, 14, 900, 200 * kOneDay).p;
  std::reverse(accounts.begin(), accounts.end());
  EXPECT_EQ(look_at(accounts, 0.25, 14, 900, 200 * kOneDay).p, p);
}

TEST(DailyLook, HasAnIntervalWhereThereAreAccountsEnough) {
  const std::vector<FollowedAccount> accounts = programme(0.2);
  const auto lacks = [&](int64_t until_day, uint64_t planned) {
    return look_at(accounts, 0.25, 14, planned, until_day * kOneDay).interval_lacks;
  };
  EXPECT_EQ(lacks(200, 0), "it is not known how many accounts are planned: no account list was given");
  EXPECT_NE(lacks(16, 900).find("accounts kept back with their days behind them, at least 50 are needed"),
            std::string::npos)
      << lacks(16, 900);
  // Of 80 control accounts, none reached it: there is no spread to judge by.
  std::vector<FollowedAccount> extreme;
  for (int64_t i = 0; i < 320; ++i)
    extreme.push_back(account(i, i % 4 != 0, i % 2 != 0 ? std::optional(1) : std::nullopt));
  for (FollowedAccount& one : extreme) {
    if (!one.treated) one.reached_ms.reset();
  }
  EXPECT_EQ(look_at(extreme, 0.25, 14, 320, 400 * kOneDay).interval_lacks,
            "too few accounts reached the goal for it");
  for (FollowedAccount& one : extreme) one.reached_ms = one.since_ms;
  EXPECT_EQ(look_at(extreme, 0.25, 14, 320, 400 * kOneDay).interval_lacks,
            "almost every account reached the goal");
  const DailyLook look = look_at(accounts, 0.25, 14, 900, 200 * kOneDay);
  ASSERT_TRUE(look.interval.has_value()) << look.interval_lacks;
  const Interval once = difference(look.treated, look.kept_back).interval;
  EXPECT_LT(look.interval->low, once.low);
  EXPECT_GT(look.interval->high, once.high);
  // A list that grows a little does not move it.
  EXPECT_EQ(look_at(accounts, 0.25, 14, 1000, 200 * kOneDay).interval->low, look.interval->low);
}

Report report_of_one_goal() {
  Report report;
  Table table;
  table.name = "goal_accounts";
  table.columns = {"goal", "account", "tier", "arm", "reached", "since_ms", "reached_ms", "changed"};
  for (int64_t i = 0; i < 40; ++i) {
    table.rows.push_back({std::string("/demo"), std::to_string(i), std::string("untiered"),
                          std::string(i % 2 == 0 ? "control" : "treated"), int64_t{i % 2}, i * 1000,
                          i % 2 == 0 ? Cell() : Cell(i * 1000), int64_t{0}});
  }
  report.tables.push_back(table);
  report.goals = compare_goals(table);
  return report;
}

TEST(DailyLooks, NeedAPlanThatIsKnownAndWasKept) {
  Report report = report_of_one_goal();
  const auto lacks = [&report] {
    look_daily(report, 30 * kOneDay);
    return report.goals[0].all.daily->lacks;
  };
  EXPECT_TRUE(lacks().starts_with("the planned share of the control group is not known: name")) << lacks();
  report.plan.control = 0;
  EXPECT_TRUE(lacks().starts_with("no control group is planned")) << lacks();
  report.plan.control = 1;
  EXPECT_EQ(lacks(), "all accounts are kept back");
  report.plan.control = 0.5;
  EXPECT_EQ(lacks(), "");
  EXPECT_LT(report.goals[0].all.daily->p, 0.05);
  report.tables[0].rows[3][7] = int64_t{1};
  EXPECT_EQ(lacks(), "1 account changed sides in the period, so that it is not one lot that was drawn");
  report.tables[0].columns[5] = "another";
  EXPECT_EQ(lacks(), "the query of one's own has no since_ms and reached_ms");
}

TEST(DailyLooks, OfRulesTakeTheShareOfTheirHoldout) {
  Report report;
  Table table;
  table.name = "rule_accounts";
  table.columns = {"goal",    "rule",     "variant",    "account", "held_out",
                   "reached", "since_ms", "reached_ms", "changed"};
  for (const char* rule : {"home", "nav"}) {
    for (int64_t i = 0; i < 40; ++i) {
      table.rows.push_back({std::string("/demo"), std::string(rule), Cell(), std::to_string(i), i % 2,
                            (i + 1) % 2, i * 1000, i % 2 == 0 ? Cell(i * 1000) : Cell(), int64_t{0}});
    }
  }
  report.tables.push_back(table);
  report.rules = compare_rules(table);
  ASSERT_EQ(report.rules.size(), 2u);
  look_daily(report, 30 * kOneDay);
  EXPECT_EQ(report.rules[0].all.daily->lacks,
            "the planned share of the holdout is not known: name the published site");
  report.plan.holdouts = {{"home", 0.5}};
  look_daily(report, 30 * kOneDay);
  EXPECT_EQ(report.rules[0].all.daily->lacks, "");
  EXPECT_EQ(report.rules[0].all.daily->treated.hits, 20u);
  EXPECT_LT(report.rules[0].all.daily->p, 0.05);
  EXPECT_EQ(report.rules[1].all.daily->lacks, "the published rules do not have this rule");
}

}  // namespace
}  // namespace abm::measure
