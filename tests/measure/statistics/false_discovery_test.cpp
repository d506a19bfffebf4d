#include "measure/statistics/false_discovery.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace abm::measure {
namespace {

// The example of Benjamini and Hochberg (1995), section 3.2: 15 tests, of which q = 0.05 rejects the first
// four.
TEST(BenjaminiHochberg, RejectsWhatThePaperRejects) {
  const std::vector<double> p = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                                 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
  const auto adjusted = benjamini_hochberg(p);
  EXPECT_NEAR(adjusted[0], 0.0001 * 15, 1e-12);
  EXPECT_NEAR(adjusted[3], 0.0095 * 15 / 4, 1e-12);
  for (size_t i = 0; i < p.size(); ++i) EXPECT_EQ(adjusted[i] <= 0.05, i < 4) << i;
  EXPECT_EQ(adjusted.back(), 1);
}

// R 4.2.2: p.adjust(c(0.04, 0.001, 0.03, 0.9, 0.03, 0.2), "BH"), p.adjust(c(0.01, 0.013, 0.014, 0.19, 0.35,
// 0.5,
//   0.63, 0.67, 0.75, 0.81), "BH")
TEST(BenjaminiHochberg, AdjustsAsRDoes) {
  const struct {
    std::vector<double> p, adjusted;
  } cases[] = {{{0.04, 0.001, 0.03, 0.9, 0.03, 0.2}, {0.06, 0.006, 0.06, 0.9, 0.06, 0.24}},
               {{0.01, 0.013, 0.014, 0.19, 0.35, 0.5, 0.63, 0.67, 0.75, 0.81},
                {0.14 / 3, 0.14 / 3, 0.14 / 3, 0.475, 0.7, 0.81, 0.81, 0.81, 0.81, 0.81}}};
  for (const auto& [p, expected] : cases) {
    const std::vector<double> adjusted = benjamini_hochberg(p);
    ASSERT_EQ(adjusted.size(), expected.size());
    for (size_t i = 0; i < p.size(); ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-12) << i;
  }
}

TEST(BenjaminiHochberg, KeepsTheOrderOfThoseThatWereGiven) {
  EXPECT_EQ(benjamini_hochberg({0.04, 0.01}), (std::vector<double>{0.04, 0.02}));
  // 0.03 · 3/2 would be above the next larger one's 0.04.
  EXPECT_EQ(benjamini_hochberg({0.04, 0.03, 0.03}), (std::vector<double>{0.04, 0.04, 0.04}));
  EXPECT_EQ(benjamini_hochberg({0.2}), std::vector<double>{0.2});
  EXPECT_TRUE(benjamini_hochberg({}).empty());
}

/// The procedure as the paper has it: the largest k of m with e_(k) >= m / (k q).
size_t discovered(std::vector<double> evidence, double q) {
  std::sort(evidence.rbegin(), evidence.rend());
  const auto m = static_cast<double>(evidence.size());
  size_t found = 0;
  for (size_t k = 1; k <= evidence.size(); ++k) {
    if (evidence[k - 1] >= m / (static_cast<double>(k) * q)) found = k;
  }
  return found;
}

TEST(EBenjaminiHochberg, DiscoversWhatThePaperDiscovers) {
  const std::vector<double> evidence = {0, 45, 3, 200, 28, 1, 79.9, 0.2};
  const auto adjusted = e_benjamini_hochberg(evidence);
  for (const double q : {0.01, 0.05, 0.1, 0.2, 0.5}) {
    const auto at_most = [q](double value) { return value <= q; };
    EXPECT_EQ(std::count_if(adjusted.begin(), adjusted.end(), at_most), discovered(evidence, q)) << q;
  }
  EXPECT_NEAR(adjusted[3], 8 / 200.0, 1e-12);
  EXPECT_EQ(adjusted[0], 1);
  EXPECT_EQ(e_benjamini_hochberg({20}), std::vector<double>{0.05}) << "one alone is not adjusted";
  EXPECT_EQ(e_benjamini_hochberg({std::nan("")}), std::vector<double>{1});
}

// At most q of the discoveries are false however the e-values depend on one another: two extremes, where
// nothing is true and the bound is met exactly.
TEST(EBenjaminiHochberg, HoldsUnderAnyDependence) {
  constexpr double kQ = 0.05;
  const double big = 1 / kQ;
  // All at 1/q at once, with probability q: each is an e-value of mean 1. Discovered: all four, in a share q
  // of draws.
  EXPECT_EQ(discovered({big, big, big, big}, kQ), 4u);
  for (const double value : e_benjamini_hochberg({big, big, big, big})) EXPECT_NEAR(value, kQ, 1e-12);
  // One at a time at 4/q, each with probability q/4: some is discovered in a share q of draws.
  EXPECT_NEAR(e_benjamini_hochberg({4 * big, 0, 0, 0})[0], kQ, 1e-12);
  EXPECT_GT(e_benjamini_hochberg({3.99 * big, 0, 0, 0})[0], kQ);
}

}  // namespace
}  // namespace abm::measure
