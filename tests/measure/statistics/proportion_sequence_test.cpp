#include "measure/statistics/proportion_sequence.h"

#include <gtest/gtest.h>

#include <cmath>

#include "measure/statistics/lots.h"

namespace abm::measure {
namespace {

// Unit tests of confseq (Howard et al.): the two-sided normal mixture with alpha 0.05, optimized for v = 100,
// has ρ = 12.60056 and is 30.35209 at v = 100.
TEST(NormalMixture, HasThePublishedBound) {
  EXPECT_NEAR(normal_mixture_bound(100, 100, 0.05), 30.35209, 1e-5);
  // At v = 0 it is √(ρ ln(1/alpha²)).
  EXPECT_NEAR(normal_mixture_bound(0, 100, 0.05), std::sqrt(12.60056 * 2 * std::log(20)), 1e-5);
}

// Unit tests of confseq: bernoulli_confidence_interval(hits, accounts, 0.05, planned).
TEST(ShareSequence, HasThePublishedIntervals) {
  const struct {
    Share share;
    uint64_t planned;
    Interval interval;
  } cases[] = {{{700, 1000}, 100, {0.651629, 0.745949}},
               {{15, 50}, 50, {0.129556, 0.511896}},
               {{5, 50}, 50, {0.013021, 0.269264}},
               {{1, 50}, 50, {0, 0.13489}},
               {{1, 2}, 50, {0, 1}},
               {{100, 200}, 1, {0.328923, 0.671076}},
               {{0, 1}, 50, {0, 1}},
               {{1, 1}, 50, {0, 1}}};
  for (const auto& [share, planned, interval] : cases) {
    const Interval result = share_sequence(share, planned);
    EXPECT_NEAR(result.low, interval.low, 1e-5) << share.hits << " of " << share.accounts;
    EXPECT_NEAR(result.high, interval.high, 1e-5) << share.hits << " of " << share.accounts;
  }
  EXPECT_EQ(share_sequence({0, 0}, 100).high, 1);
}

TEST(ShareSequence, LeavesOutAChanceExactlyWhenEvidenceIsAgainstIt) {
  for (const Share& share : {Share{30, 200}, Share{0, 90}, Share{90, 90}, Share{5000, 100'000}}) {
    const Interval interval = share_sequence(share, 400);
    for (double chance = 0.005; chance < 1; chance += 0.005) {
      const bool outside = chance < interval.low || chance > interval.high;
      EXPECT_EQ(outside, evidence_against(chance, share, 400) > 20) << chance << " " << share.hits;
    }
    EXPECT_LE(interval.low, share.rate());
    EXPECT_GE(interval.high, share.rate());
  }
  EXPECT_TRUE(std::isfinite(evidence_against(0.5, {1'000'000, 1'000'000}, 1000)));
}

// Over all outcomes of n accounts, weighted by how likely they are, evidence averages to exactly 1.
TEST(EvidenceAgainst, AveragesToOneIfTheChanceIsRight) {
  for (const double chance : {0.1, 0.5, 0.85}) {
    for (const uint64_t n : {1, 7, 40}) {
      double mean = 0;
      for (uint64_t hits = 0; hits <= n; ++hits) {
        const auto nd = static_cast<double>(n), k = static_cast<double>(hits);
        mean += std::exp(std::lgamma(nd + 1) - std::lgamma(k + 1) - std::lgamma(nd - k + 1) +
                         k * std::log(chance) + (nd - k) * std::log(1 - chance)) *
                evidence_against(chance, {hits, n}, 300);
      }
      EXPECT_NEAR(mean, 1, 1e-9) << chance << " " << n;
    }
  }
}

TEST(EvidenceAgainst, IsRarelyWrongHoweverOftenOneLooks) {
  Lots lots(31);
  int wrong = 0, right = 0;
  for (int programme = 0; programme < 1000; ++programme) {
    Share as_planned, too_few;
    bool wrong_once = false, right_once = false;
    for (int account = 0; account < 1500; ++account) {
      as_planned.hits += lots.uniform() < 0.1 ? 1 : 0;
      too_few.hits += lots.uniform() < 0.05 ? 1 : 0;
      ++as_planned.accounts;
      ++too_few.accounts;
      wrong_once = wrong_once || evidence_against(0.1, as_planned, 1000) >= 20;
      right_once = right_once || evidence_against(0.1, too_few, 1000) >= 20;
    }
    wrong += wrong_once ? 1 : 0;
    right += right_once ? 1 : 0;
  }
  EXPECT_LE(wrong, 50);
  EXPECT_GT(wrong, 0) << "a test that never fires proves nothing";
  EXPECT_GE(right, 950);
  RecordProperty("wrong", wrong);
  RecordProperty("right", right);
}

}  // namespace
}  // namespace abm::measure
