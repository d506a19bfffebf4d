#include "measure/outcomes/follow.h"

#include <gtest/gtest.h>

#include "tests/measure/outcomes/outcome_testing.h"

namespace abm::measure {
namespace {

using connect::DealState;
using connect::DealType;
using connect::Opportunity;
using testing::day;
using testing::deal;
using testing::exports;
using testing::lost;
using testing::of_type;
using testing::won;

constexpr double kLongAfter = 400;

/// Acme, whose clock starts on day 10 at noon, with a window of 30 days.
OutcomeAccount followed(std::vector<Opportunity> opportunities, double as_of_day = kLongAfter) {
  std::vector<OutcomeAccount> accounts(1);
  accounts[0].account = "acme";
  accounts[0].since_ms = day(10.5);
  follow(accounts, exports(std::move(opportunities), day(as_of_day)), 30);
  return accounts[0];
}

TEST(Follow, CountsWhatWasCreatedFromTheClockOn) {
  const OutcomeAccount account = followed({deal("acme", day(12), 1000), deal("acme", day(20), 500)});
  EXPECT_EQ(account.opportunities, 2u);
  EXPECT_DOUBLE_EQ(account.amount, 1500);
  EXPECT_DOUBLE_EQ(*account.days_to_opportunity, 1.5);
  EXPECT_EQ(account.before, 0u);
}

TEST(Follow, WhatIsFromBeforeIsContextWhateverBecameOfItLater) {
  const OutcomeAccount account = followed({won(deal("acme", day(10.5) - 1, 9000), day(15))});
  EXPECT_EQ(account.opportunities, 0u);
  EXPECT_EQ(account.won, 0u);
  EXPECT_EQ(account.won_amount, 0);
  EXPECT_FALSE(account.days_to_won.has_value());
  EXPECT_EQ(account.before, 1u);
  EXPECT_DOUBLE_EQ(account.amount_before, 9000);
}

TEST(Follow, TheFirstMomentOfTheClockCountsAndTheWindowsEndDoesNot) {
  EXPECT_EQ(followed({deal("acme", day(10.5), 1)}).opportunities, 1u);
  EXPECT_EQ(followed({deal("acme", day(40.5) - 1, 1)}).opportunities, 1u);
  const OutcomeAccount late = followed({deal("acme", day(40.5), 1)});
  EXPECT_EQ(late.opportunities, 0u);
  EXPECT_EQ(late.after, 1u);
}

TEST(Follow, ADayWithoutATimeIsFromBeforeOnTheDayOfTheClockAndThatIsCounted) {
  const OutcomeAccount account = followed({deal("acme", day(10), 1), deal("acme", day(9), 1)});
  EXPECT_EQ(account.before, 2u);
  EXPECT_EQ(account.same_day, 1u) << "only that of the very day";
  EXPECT_EQ(followed({deal("acme", day(10.25), 1)}).same_day, 0u) << "it states a time: there is no doubt";
}

TEST(Follow, WhatIsWonIsOfDealsThatCountUntilTheExportsEnd) {
  // Won after the window: the deal counts all the same, since it was created in it.
  const OutcomeAccount account =
      followed({won(deal("acme", day(39), 700), day(90)), won(deal("acme", day(20), 50), day(30.5)),
                lost(deal("acme", day(21), 11), day(22))});
  EXPECT_EQ(account.won, 2u);
  EXPECT_EQ(account.lost, 1u);
  EXPECT_DOUBLE_EQ(account.won_amount, 750);
  EXPECT_DOUBLE_EQ(account.amount, 761);
  EXPECT_DOUBLE_EQ(*account.days_to_won, 20);
}

TEST(Follow, WhatIsSaidToHappenAfterTheExportsEndHasNotHappened) {
  const OutcomeAccount account =
      followed({won(deal("acme", day(12), 700), day(60)), deal("acme", day(21), 5)}, 20);
  EXPECT_EQ(account.opportunities, 1u) << "the second one is not known yet";
  EXPECT_EQ(account.won, 0u);
  EXPECT_FALSE(account.window_over);
  EXPECT_TRUE(followed({}, 40.5).window_over);
  EXPECT_FALSE(followed({}, 40.4).window_over);
}

TEST(Follow, ADealThatWasWonAtAnUnknownTimeIsWonButNotTimed) {
  Opportunity undated = deal("acme", day(12.5), 700);
  undated.state = DealState::kWon;
  const OutcomeAccount account = followed({undated});
  EXPECT_EQ(account.won, 1u);
  EXPECT_FALSE(account.days_to_won.has_value());
  EXPECT_DOUBLE_EQ(*account.days_to_undated_won, 2);
}

TEST(Follow, AnAmountThatIsNotStatedIsZeroAndIsCounted) {
  Opportunity without = deal("acme", day(12), 0);
  without.amount.reset();
  const OutcomeAccount account = followed({without, deal("acme", day(13), 20)});
  EXPECT_EQ(account.opportunities, 2u);
  EXPECT_EQ(account.without_amount, 1u);
  EXPECT_DOUBLE_EQ(account.amount, 20);
}

TEST(Follow, RenewalsAreRetentionAndExpansionsAreOpportunities) {
  const OutcomeAccount account = followed({
      of_type(won(deal("acme", day(12), 900), day(15)), DealType::kRenewal),
      of_type(won(deal("acme", day(-300), 400), day(15)), DealType::kRenewal),  // open at the clock
      of_type(won(deal("acme", day(-300), 77), day(5)), DealType::kRenewal),    // decided before it
      of_type(lost(deal("acme", day(2), 300), day(45)), DealType::kRenewal),
      of_type(deal("acme", day(41), 1), DealType::kRenewal),  // after the window
      of_type(deal("acme", day(14), 60), DealType::kExpansion),
  });
  EXPECT_EQ(account.opportunities, 1u);
  EXPECT_EQ(account.expansions, 1u);
  EXPECT_DOUBLE_EQ(account.amount, 60);
  EXPECT_DOUBLE_EQ(account.expansion_amount, 60);
  EXPECT_EQ(account.won, 0u);
  EXPECT_EQ(account.before, 0u) << "a renewal is no pipeline from before";
  EXPECT_EQ(account.renewals, 3u);
  EXPECT_EQ(account.renewed, 2u);
  EXPECT_EQ(account.churned, 1u);
  EXPECT_DOUBLE_EQ(account.renewed_amount, 1300);
  EXPECT_DOUBLE_EQ(account.churned_amount, 300);
}

TEST(Follow, PipelineFromBeforeReachesBackOneWindow) {
  const OutcomeAccount account = followed(
      {deal("acme", day(-19.5), 100), deal("acme", day(-19.5) - 1, 1000), deal("acme", day(10), 10)});
  EXPECT_EQ(account.opened_before, 2u);
  EXPECT_DOUBLE_EQ(account.amount_before, 1110);
}

TEST(Follow, OpportunitiesOfOthersAreNobodysHere) {
  Opportunity unmatched = deal("", day(12), 5);
  const OutcomeAccount account = followed({unmatched, deal("ford", day(12), 5)});
  EXPECT_EQ(account.opportunities + account.before + account.after, 0u);
}

}  // namespace
}  // namespace abm::measure
