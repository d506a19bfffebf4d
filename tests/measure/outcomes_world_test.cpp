// What the report says of pipeline in worlds whose truth is known: from visit lines and deals to the
// interval.
#include <gtest/gtest.h>

#include "measure/outcomes/outcomes.h"
#include "measure/report/rollup.h"
#include "tests/measure/deal_world.h"
#include "tests/measure/outcomes/outcome_testing.h"
#include "tests/measure/report_testing.h"
#include "tests/measure/visit_world.h"

namespace abm::measure {
namespace {

using connect::DealState;
using connect::DealType;

struct PipelineAnswer {
  DealTruth truth;
  Outcomes outcomes;
};

PipelineAnswer pipeline_of(const WorldOptions& visits, const DealOptions& deals) {
  PipelineAnswer answer;
  DealWorld world(deals);
  std::string lines;
  make_world(visits, [&](std::string_view line) {
    world.see(line);
    (lines += line) += '\n';
  });
  const testing::Folder folder;
  auto store = VisitStore::open("");
  EXPECT_TRUE(store.ok());
  testing::load(*store, {folder.write("log", lines)});
  EXPECT_TRUE(roll_up(store->database(), {.period = {}, .goals = {}}, [](uint64_t, uint64_t) {}).ok());
  std::vector<connect::Opportunity> opportunities;
  for (const Deal& deal : world.deals()) {
    connect::Opportunity one = testing::deal(deal.account, deal.created_ms, deal.amount);
    one.id = deal.id;
    if (deal.type == "Renewal") one.type = DealType::kRenewal;
    if (deal.closed_ms != 0)
      one = testing::closed(one, deal.won ? DealState::kWon : DealState::kLost, deal.closed_ms);
    opportunities.push_back(one);
  }
  OutcomesRequest request{.set = testing::exports(std::move(opportunities), world.known_until_ms()),
                          .settings = testing::Declared{.window_days = deals.window_days}.input()};
  auto outcomes = gather_outcomes(store->database(), std::move(request));
  EXPECT_TRUE(outcomes.ok()) << outcomes.message();
  answer.outcomes = std::move(*outcomes);
  judge_outcomes(answer.outcomes,
                 {.control = visits.control_percent / 100, .holdouts = {}, .accounts = visits.accounts}, {});
  answer.truth = world.truth();
  return answer;
}

/// Accounts that came within some days.
WorldOptions early_world(uint64_t seed) {
  WorldOptions options;
  options.seed = seed;
  options.accounts = 500;
  options.days = 5;
  options.visits_per_account = 2;
  options.control_percent = 40;
  options.bots = 0;
  return options;
}

TEST(PipelineWorld, CountsWhatWasPlantedAndNothingElse) {
  WorldOptions visits;
  visits.accounts = 400;
  const auto [truth, outcomes] =
      pipeline_of(visits, {.rate = 0.1, .lift = 0.1, .before = 0.5, .renewals = 0.5});
  const Comparison& share = outcomes.came.opportunity.comparison;
  EXPECT_EQ(share.treated.accounts, truth.treated);
  EXPECT_EQ(share.treated.hits, truth.treated_with);
  EXPECT_EQ(share.kept_back.accounts, truth.control);
  EXPECT_EQ(share.kept_back.hits, truth.control_with);
  EXPECT_DOUBLE_EQ(outcomes.came.treated.amount, truth.treated_amount);
  EXPECT_DOUBLE_EQ(outcomes.came.kept_back.amount, truth.control_amount);
  EXPECT_GT(outcomes.came.treated.before, 100u) << "there were others that must not count";
}

TEST(PipelineWorld, IntervalsCoverThePlantedEffectInNineteenOfTwenty) {
  int shares = 0, amounts = 0, shown = 0;
  constexpr int kPipelineWorlds = 60;
  for (uint64_t i = 0; i < kPipelineWorlds; ++i) {
    const auto [truth, outcomes] =
        pipeline_of(early_world(100 + i),
                    {.seed = i, .rate = 0.25, .lift = 0.15, .before = 0, .renewals = 0, .strangers = 0});
    const auto& share = outcomes.came.opportunity.comparison.difference;
    ASSERT_TRUE(share.has_value());
    shares += share->interval.low <= truth.share_effect && truth.share_effect <= share->interval.high ? 1 : 0;
    const MoneyComparison& money = outcomes.came.amount.comparison;
    if (!money.difference.has_value() || !money.interval_lacks.empty()) continue;
    ++shown;
    amounts += money.difference->interval.low <= truth.amount_effect &&
                       truth.amount_effect <= money.difference->interval.high
                   ? 1
                   : 0;
  }
  EXPECT_GE(shares, kPipelineWorlds * 88 / 100);
  EXPECT_GE(shown, kPipelineWorlds * 90 / 100);
  EXPECT_GE(amounts, shown * 86 / 100);
}

TEST(PipelineWorld, WithoutAnEffectTestsFireInFewWorlds) {
  int shares = 0, amounts = 0, times = 0;
  constexpr int kPipelineWorlds = 60;
  for (uint64_t i = 0; i < kPipelineWorlds; ++i) {
    const auto [truth, outcomes] =
        pipeline_of(early_world(700 + i), {.seed = 50 + i, .rate = 0.2, .before = 0, .renewals = 0});
    shares += outcomes.came.opportunity.comparison.difference->p < 0.05 ? 1 : 0;
    amounts += outcomes.came.amount.comparison.difference->p < 0.05 ? 1 : 0;
    times += outcomes.came.to_opportunity.test->p < 0.05 ? 1 : 0;
  }
  // Of 60 at 5 %, more than 9 come about in one of a thousand runs.
  EXPECT_LE(shares, 9);
  EXPECT_LE(amounts, 9);
  EXPECT_LE(times, 9);
}

}  // namespace
}  // namespace abm::measure
