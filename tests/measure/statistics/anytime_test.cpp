#include "measure/statistics/anytime.h"

#include <gtest/gtest.h>

#include <cmath>

namespace abm::measure {
namespace {

// Whatever the outcomes of nine accounts are: over all ways in which lots can fall, evidence averages to
// exactly 1.
TEST(TwoShareEvidence, AveragesToOneOverTheLotsForEveryListOfOutcomes) {
  constexpr unsigned kAccounts = 9;
  for (const double treated_share : {0.5, 0.9, 0.2}) {
    for (unsigned outcomes = 0; outcomes < 1U << kAccounts; ++outcomes) {
      double mean = 0;
      for (unsigned lots = 0; lots < 1U << kAccounts; ++lots) {
        TwoShareEvidence evidence(treated_share);
        double chance = 1;
        for (unsigned i = 0; i < kAccounts; ++i) {
          const bool treated = (lots >> i & 1U) != 0;
          chance *= treated ? treated_share : 1 - treated_share;
          evidence.add(treated, (outcomes >> i & 1U) != 0);
        }
        mean += chance * evidence.evidence();
      }
      ASSERT_NEAR(mean, 1, 1e-9) << "treated share " << treated_share << ", outcomes " << outcomes;
    }
  }
}

// By hand: after one treated hit, the share of all is 1.5/2, that of treated accounts 16/21, their mean
// 127/168.
TEST(TwoShareEvidence, ComparesEachOutcomeWithWhatEarlierAccountsForetold) {
  TwoShareEvidence evidence(0.5);
  EXPECT_EQ(evidence.evidence(), 1);
  EXPECT_EQ(evidence.p(), 1);
  evidence.add(true, true);
  EXPECT_NEAR(evidence.evidence(), 1, 1e-15) << "nothing was known of the first";
  evidence.add(false, false);
  EXPECT_NEAR(evidence.evidence(), (1 - 0.75) / (1 - 127.0 / 168), 1e-12);
  EXPECT_EQ(evidence.treated().hits, 1u);
  EXPECT_EQ(evidence.kept_back().accounts, 1u);
}

TEST(TwoShareEvidence, KeepsTheSmallestPThatItEverHad) {
  TwoShareEvidence evidence(0.5);
  for (int i = 0; i < 60; ++i) evidence.add(i % 2 == 0, i % 2 == 0);
  const double p = evidence.p();
  EXPECT_LT(p, 0.001);
  EXPECT_NEAR(p, 1 / evidence.evidence(), 1e-12);
  for (int i = 0; i < 40; ++i) evidence.add(i % 2 == 0, i % 2 != 0);
  EXPECT_LT(evidence.evidence(), evidence.most_evidence());
  EXPECT_LE(evidence.p(), p);
}

TEST(TwoShareEvidence, StaysFiniteHoweverLongItGoesOn) {
  TwoShareEvidence evidence(0.5);
  for (int i = 0; i < 20'000; ++i) evidence.add(i % 2 == 0, i % 2 == 0);
  EXPECT_TRUE(std::isfinite(evidence.evidence()));
  EXPECT_GT(evidence.p(), 0);
}

// Waudby-Smith et al., equation 9, with standard error 0.03386 of 6,461 observations, 5,000 planned.
TEST(ConfidenceSequence, HasThePublishedWidth) {
  EXPECT_NEAR(sequence_half_width(0.03386, 6461, 5000, 0.05), 0.10288, 0.00001);
}

TEST(ConfidenceSequence, IsNarrowestForTheNumberThatIsPlanned) {
  const double tuned = sequence_half_width(0.01, 1000, 1000, 0.05);
  EXPECT_LT(tuned, sequence_half_width(0.01, 1000, 100, 0.05));
  EXPECT_LT(tuned, sequence_half_width(0.01, 1000, 10'000, 0.05));
  EXPECT_GT(tuned, kZ95 * 0.01) << "it must be wider than an interval for one look";
  EXPECT_LT(tuned, 2 * kZ95 * 0.01) << "and is not twice as wide";
}

TEST(ConfidenceSequence, OfADifferenceStaysWithinWhatADifferenceCanBe) {
  const Interval interval = difference_sequence({99, 100}, {1, 100}, 200);
  EXPECT_EQ(interval.high, 1);
  EXPECT_GT(interval.low, 0.8);
  const Interval opposite = difference_sequence({1, 100}, {99, 100}, 200);
  EXPECT_EQ(opposite.low, -1);
  EXPECT_NEAR(opposite.high, -interval.low, 1e-12);
}

}  // namespace
}  // namespace abm::measure
