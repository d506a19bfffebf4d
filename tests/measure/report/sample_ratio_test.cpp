#include "measure/report/sample_ratio.h"

#include <gtest/gtest.h>

#include "measure/report/daily_looks.h"

namespace abm::measure {
namespace {

Table arms(std::vector<std::vector<Cell>> rows) {
  Table table;
  table.name = "sample_ratio";
  table.columns = {"rule", "treated", "kept_back"};
  table.rows = std::move(rows);
  return table;
}

Plan plan_of(double control) {
  return {.control = control, .holdouts = {{{"home", 0.2}, {"nav", 0}}}, .accounts = 2000, .days = 14};
}

TEST(SampleRatio, RaisesAnAlarmWhereAnArmIsNotAsPlanned) {
  Table table = arms({{Cell(), int64_t{960}, int64_t{40}}, {std::string("home"), int64_t{400}, int64_t{99}}});
  const auto ratios = judge_sample_ratios(table, plan_of(0.1));
  ASSERT_EQ(ratios.size(), 2u);
  EXPECT_TRUE(is_alarm(ratios[0]));
  EXPECT_EQ(alarm_text(ratios[0]).substr(0, alarm_text(ratios[0]).find(':')),
            "Fewer accounts than planned are in the control group");
  EXPECT_NE(alarm_text(ratios[0]).find("40 of 1,000 listed accounts that came, where 100 were"),
            std::string::npos);
  EXPECT_NE(alarm_text(ratios[0]).find("a cache that answers for original pages"), std::string::npos);
  EXPECT_FALSE(is_alarm(ratios[1]));
  EXPECT_EQ(table.real(0, "planned_share"), 0.1);
  EXPECT_EQ(table.real(0, "expected_kept_back"), 100);
  EXPECT_EQ(table.text(0, "remark"), "not as planned");
  EXPECT_EQ(table.real(1, "expected_kept_back"), 99.8);
  EXPECT_GT(table.real(1, "p"), 0.9);
  Table more = arms({{std::string("home"), int64_t{300}, int64_t{150}}});
  const auto holdout = judge_sample_ratios(more, plan_of(0.1));
  EXPECT_TRUE(is_alarm(holdout[0]));
  EXPECT_EQ(alarm_text(holdout[0]).substr(0, 60),
            "More accounts than planned are in the holdout of rule home: ");
}

TEST(SampleRatio, IsNotJudgedWithoutAPlanOrWithFewAccounts) {
  const auto lacks = [](std::vector<Cell> row, const Plan& plan) {
    Table table = arms({std::move(row)});
    const auto ratios = judge_sample_ratios(table, plan);
    EXPECT_EQ(ratios.size(), 1u);
    EXPECT_FALSE(is_alarm(ratios.at(0)));
    EXPECT_EQ(table.text(0, "remark"), "not judged: " + ratios.at(0).lacks);
    return ratios.at(0).lacks;
  };
  const std::vector<Cell> lost = {Cell(), int64_t{500}, int64_t{0}};
  Plan unlisted = plan_of(0.1);
  unlisted.accounts = 0;
  EXPECT_EQ(lacks(lost, unlisted), "there is no account list");
  EXPECT_EQ(lacks(lost, {.control = {}, .holdouts = {}, .accounts = 9}), "the planned share is not known");
  EXPECT_EQ(lacks(lost, plan_of(0)), "none is planned");
  EXPECT_EQ(lacks({Cell(), int64_t{45}, int64_t{0}}, plan_of(0.1)),
            "fewer than 5 accounts are to be expected in one arm");
  EXPECT_EQ(lacks({std::string("gone"), int64_t{45}, int64_t{9}}, plan_of(0.1)),
            "the planned share is not known");
}

TEST(SampleRatio, LeavesOutRulesWithoutAHoldout) {
  Table table = arms({{std::string("nav"), int64_t{500}, int64_t{0}}, {Cell(), int64_t{90}, int64_t{10}}});
  const auto ratios = judge_sample_ratios(table, plan_of(0.1));
  ASSERT_EQ(ratios.size(), 1u);
  EXPECT_EQ(ratios[0].rule, "");
  EXPECT_EQ(table.rows.size(), 1u);
}

TEST(SampleRatio, AnAlarmTakesTheDailyFiguresAway) {
  Report report;
  Table accounts;
  accounts.name = "goal_accounts";
  accounts.columns = {"goal", "account", "tier", "arm", "reached", "since_ms", "reached_ms", "changed"};
  accounts.rows.push_back({std::string("/demo"), std::string("a"), std::string("untiered"),
                           std::string("treated"), int64_t{0}, int64_t{0}, Cell(), int64_t{0}});
  report.tables = {accounts, arms({{Cell(), int64_t{960}, int64_t{40}}})};
  report.goals = compare_goals(accounts);
  report.plan = plan_of(0.1);
  report.sample_ratios = judge_sample_ratios(report.tables[1], report.plan);
  look_daily(report, int64_t{1} << 40);
  EXPECT_EQ(report.goals[0].all.daily->lacks, "the arms are not as planned (the top of the page says more)");
}

}  // namespace
}  // namespace abm::measure
