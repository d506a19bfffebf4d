// The report's answer in worlds whose truth is known: from lines to the interval, end to end.
#include "tests/measure/visit_world.h"

#include <cmath>

#include "base/hash.h"
#include "measure/report/comparison.h"
#include "measure/report/daily_looks.h"
#include "measure/report/rollup.h"
#include "tests/measure/report_testing.h"

namespace abm::measure {
namespace {

using testing::Folder;

struct Answer {
  WorldTruth truth;
  GoalResult goal;
  std::vector<RuleResult> rules;
};

Answer answer_of(const WorldOptions& options) {
  Answer answer;
  std::string lines;
  answer.truth = make_world(options, [&lines](std::string_view line) { (lines += line) += '\n'; });
  const Folder folder;
  auto store = VisitStore::open("");
  EXPECT_TRUE(store.ok());
  testing::load(*store, {folder.write("log", lines)});
  EXPECT_TRUE(
      roll_up(store->database(), {.period = {}, .goals = {std::string(kWorldGoal)}}, [](uint64_t, uint64_t) {
      }).ok());
  auto queries = load_queries("");
  std::erase_if(*queries, [](const Query& query) {
    return query.name != "goal_accounts" && query.name != "rule_accounts";
  });
  const auto tables = run_queries(store->database(), *queries, [](uint64_t, uint64_t) {});
  EXPECT_TRUE(tables.ok()) << tables.message();
  const auto goals = compare_goals(find_table(*tables, "goal_accounts"));
  EXPECT_EQ(goals.size(), 1u);
  if (!goals.empty()) answer.goal = goals[0];
  answer.rules = compare_rules(find_table(*tables, "rule_accounts"));
  return answer;
}

TEST(World, OfAMonthWithAPlantedEffectIsFoundOut) {
  // 1,000 accounts; a visit of a treated account ends at the goal 2 % more often.
  WorldOptions options;
  options.lift = 0.02;
  const Answer answer = answer_of(options);
  const Comparison& all = answer.goal.all;
  EXPECT_EQ(all.treated.accounts + all.kept_back.accounts, 1000u);
  EXPECT_EQ(all.kept_back.accounts, answer.truth.control_accounts);
  ASSERT_TRUE(all.difference.has_value()) << all.lacks;
  EXPECT_GT(all.difference->interval.low, 0) << "the effect is not found";
  EXPECT_LE(all.difference->interval.low, answer.truth.effect);
  EXPECT_GE(all.difference->interval.high, answer.truth.effect);
  EXPECT_NEAR(answer.truth.effect, 0.13, 0.05);
}

TEST(World, TheIntervalCoversThePlantedEffectInNineteenOfTwentyWorlds) {
  int covered = 0;
  constexpr int kWorlds = 100;
  for (int i = 0; i < kWorlds; ++i) {
    WorldOptions options;
    options.seed = 1000 + static_cast<uint64_t>(i);
    options.accounts = 400;
    options.visits_per_account = 4;
    options.control_percent = 25;
    options.conversion = 0.04;
    options.lift = 0.06;
    const Answer answer = answer_of(options);
    ASSERT_TRUE(answer.goal.all.difference.has_value()) << answer.goal.all.lacks;
    const Interval& interval = answer.goal.all.difference->interval;
    covered += interval.low <= answer.truth.effect && answer.truth.effect <= interval.high ? 1 : 0;
  }
  EXPECT_GE(covered, 90);
  EXPECT_LE(covered, 99);
}

TEST(World, WithoutAnEffectTheTestFiresInTwoToEightOfAHundred) {
  int fired = 0;
  constexpr int kWorlds = 200;
  for (int i = 0; i < kWorlds; ++i) {
    WorldOptions options;
    options.seed = 5000 + static_cast<uint64_t>(i);
    options.visits_per_account = 4;
    options.conversion = 0.04;
    const Answer answer = answer_of(options);
    ASSERT_TRUE(answer.goal.all.difference.has_value()) << answer.goal.all.lacks;
    fired += answer.goal.all.difference->p < 0.05 ? 1 : 0;
  }
  EXPECT_GE(fired, kWorlds * 2 / 100);
  EXPECT_LE(fired, kWorlds * 8 / 100);
}

/// The report's daily figures on each day of a world's month, from the visits up to then.
std::vector<DailyLook> daily_looks(const WorldOptions& options, int days) {
  std::string lines;
  make_world(options, [&lines](std::string_view line) { (lines += line) += '\n'; });
  const Folder folder;
  auto store = VisitStore::open("");
  EXPECT_TRUE(store.ok());
  testing::load(*store, {folder.write("log", lines)});
  auto queries = load_queries("");
  std::erase_if(*queries, [](const Query& query) { return query.name != "goal_accounts"; });
  std::vector<DailyLook> looks;
  for (uint32_t day = 1; day <= options.days; ++day) {
    const RollupOptions until{.period = {.from_ms = 0, .to_ms = 1793491200000 + day * int64_t{86'400'000}},
                              .goals = {std::string(kWorldGoal)}};
    EXPECT_TRUE(roll_up(store->database(), until, [](uint64_t, uint64_t) {}).ok());
    auto tables = run_queries(store->database(), *queries, [](uint64_t, uint64_t) {});
    EXPECT_TRUE(tables.ok()) << tables.message();
    Report report;
    report.tables = std::move(*tables);
    report.goals = compare_goals(find_table(report.tables, "goal_accounts"));
    report.plan = {
        .control = options.control_percent / 100, .holdouts = {}, .accounts = options.accounts, .days = days};
    look_daily(report, testing::number(*store, "SELECT max(last_ms) FROM by_decision"));
    EXPECT_EQ(report.goals.size(), 1u);
    if (report.goals.empty()) return looks;
    looks.push_back(*report.goals[0].all.daily);
  }
  return looks;
}

TEST(World, LookedAtDailyIsNeverRewrittenAndFindsThePlantedEffect) {
  WorldOptions options;
  options.accounts = 1500;
  options.control_percent = 25;
  options.visits_per_account = 20;
  options.lift = 0.05;
  const auto looks = daily_looks(options, 7);
  ASSERT_EQ(looks.size(), 30u);
  EXPECT_EQ(looks[5].lacks, "no account has its first 7 days behind it yet");
  for (size_t day = 1; day < looks.size(); ++day) {
    EXPECT_LE(looks[day].p, looks[day - 1].p) << "day " << day;
    EXPECT_GE(looks[day].treated.hits, looks[day - 1].treated.hits) << "day " << day;
  }
  EXPECT_LT(looks.back().p, 0.05);
  ASSERT_TRUE(looks.back().interval.has_value()) << looks.back().interval_lacks;
  EXPECT_GT(looks.back().interval->low, 0);
}

TEST(World, RulesAreHeldAgainstTheirOwnHoldouts) {
  WorldOptions options;
  options.holdout_percent = 20;
  options.visits_per_account = 20;
  const Answer answer = answer_of(options);
  const RuleResult* home = nullptr;
  for (const RuleResult& rule : answer.rules) {
    if (rule.rule == "makers-home") home = &rule;
  }
  ASSERT_NE(home, nullptr);
  EXPECT_TRUE(home->has_holdout);
  ASSERT_TRUE(home->all.difference.has_value()) << home->all.lacks;
  // No effect was planted: the interval should say so.
  EXPECT_LE(home->all.difference->interval.low, 0);
  EXPECT_GE(home->all.difference->interval.high, 0);
  const double held_out = static_cast<double>(home->all.kept_back.accounts) /
                          static_cast<double>(home->all.kept_back.accounts + home->all.treated.accounts);
  EXPECT_NEAR(held_out, 0.2, 0.05);
  EXPECT_EQ(home->variants.size(), 2u);
}

TEST(World, IsTheSameEverywhere) {
  std::string lines;
  const auto truth =
      make_world({.accounts = 20}, [&lines](std::string_view line) { (lines += line) += '\n'; });
  EXPECT_EQ(hash64(lines), 16720958833714807406u) << truth.visits;
}

}  // namespace
}  // namespace abm::measure
