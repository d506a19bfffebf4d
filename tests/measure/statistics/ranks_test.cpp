#include "measure/statistics/ranks.h"

#include <gtest/gtest.h>

namespace abm::measure {
namespace {

// By the formula with ties, which is what scipy.stats.mannwhitneyu computes with method="asymptotic" and
// use_continuity=False: a = 1 1 2 3 5 8 13, b = 1 2 2 4 4 9 20 30.
TEST(RankTest, CountsTiesHalf) {
  const RankTest test = rank_test({{1, 2, 1},
                                   {2, 1, 2},
                                   {3, 1, 0},
                                   {4, 0, 2},
                                   {5, 1, 0},
                                   {8, 1, 0},
                                   {9, 0, 1},
                                   {13, 1, 0},
                                   {20, 0, 1},
                                   {30, 0, 1}});
  // Pairs a > b: 0.5 + 0.5 + 2 + 3 + 5 + 5 + 6 = 22 of 56.
  EXPECT_NEAR(test.superiority, 22.0 / 56, 1e-12);
  // Variance 7·8/12·(16 − (24 + 24 + 6)/(15·14)) = 73.4667, z = (22 − 28)/8.5713 = −0.70001.
  EXPECT_NEAR(test.p, 0.48392, 5e-5);
}

TEST(RankTest, IsAboutOrderAlone) {
  const RankTest plain = rank_test({{1, 30, 10}, {2, 20, 20}, {3, 10, 30}});
  const RankTest stretched = rank_test({{3000, 10, 30}, {-1, 30, 10}, {2, 20, 20}});
  EXPECT_EQ(plain.p, stretched.p);
  EXPECT_LT(plain.superiority, 0.5);
  EXPECT_LT(plain.p, 0.001);
  const RankTest swapped = rank_test({{1, 10, 30}, {2, 20, 20}, {3, 30, 10}});
  EXPECT_NEAR(swapped.superiority, 1 - plain.superiority, 1e-12);
  EXPECT_NEAR(swapped.p, plain.p, 1e-12);
}

TEST(RankTest, OfNobodyOrOfEqualsIsNothing) {
  EXPECT_EQ(rank_test({}).p, 1);
  EXPECT_EQ(rank_test({{1, 5, 0}}).p, 1);
  EXPECT_EQ(rank_test({{1, 50, 50}}).p, 1);
  EXPECT_EQ(rank_test({{1, 50, 50}}).superiority, 0.5);
}

}  // namespace
}  // namespace abm::measure
