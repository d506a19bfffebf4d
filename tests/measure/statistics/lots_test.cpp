#include "measure/statistics/lots.h"

#include <gtest/gtest.h>

#include <cmath>

#include "measure/statistics/chi_square.h"

namespace abm::measure {
namespace {

// From a second implementation, in Python, that agrees with the authors' first numbers of both generators:
// SplitMix64 of 1234567 begins with 6457827717110365317, xoshiro256++ of 1, 2, 3, 4 with 41943041.
TEST(Lots, AreTheSameOnEveryMachine) {
  Lots lots(1234567);
  EXPECT_EQ(lots.next(), 437095814655224680u);
  EXPECT_EQ(lots.next(), 8127161015984454572u);
  EXPECT_EQ(lots.next(), 18128670339019551454u);
  EXPECT_EQ(lots.next(), 254746599813523466u);
}

TEST(Lots, FallEvenly) {
  Lots lots(1);
  for (const uint32_t n : {1U, 2U, 7U, 100U}) {
    std::vector<ShareOfPlan> groups(n, {0, 1.0 / n});
    for (int i = 0; i < 100'000; ++i) {
      const uint32_t lot = lots.below(n);
      ASSERT_LT(lot, n);
      ++groups[lot].found;
    }
    EXPECT_GT(fit_to_plan(groups).p, 0.001) << n;
  }
  for (int i = 0; i < 1000; ++i) EXPECT_LT(lots.below(0xffffffff), 0xffffffff);
}

TEST(BinomialLots, HaveTheBinomialDistribution) {
  Lots lots(2);
  for (const auto& [trials, successes] : {std::pair{20, 3}, {20, 17}, {400, 100}, {100'000, 30}}) {
    const BinomialLots binomial(static_cast<uint64_t>(trials), static_cast<uint64_t>(successes));
    const double n = trials, p = successes / n;
    // Numbers with an expectation below 10 are counted together.
    constexpr int kDraws = 50'000;
    std::vector<ShareOfPlan> groups(1);
    std::vector<size_t> group_of(static_cast<size_t>(trials) + 1, 0);
    for (int k = 0; k <= trials; ++k) {
      const double mass = std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) +
                                   k * std::log(p) + (n - k) * std::log1p(-p));
      if (mass * kDraws >= 10) {
        group_of[static_cast<size_t>(k)] = groups.size();
        groups.push_back({0, mass});
      } else {
        groups[0].planned += mass;
      }
    }
    for (int i = 0; i < kDraws; ++i) ++groups[group_of[binomial.draw(lots)]].found;
    EXPECT_GT(fit_to_plan(groups).p, 0.001) << trials << " " << successes;
  }
}

TEST(BinomialLots, AreCertainAtTheEnds) {
  Lots lots(3);
  EXPECT_EQ(BinomialLots(50, 0).draw(lots), 0u);
  EXPECT_EQ(BinomialLots(50, 50).draw(lots), 50u);
  EXPECT_EQ(BinomialLots(0, 0).draw(lots), 0u);
  const BinomialLots large(1'000'000'000, 500'000'000);
  for (int i = 0; i < 100; ++i) EXPECT_NEAR(static_cast<double>(large.draw(lots)), 5e8, 2e5);
}

}  // namespace
}  // namespace abm::measure
