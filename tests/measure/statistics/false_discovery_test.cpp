#include "measure/statistics/false_discovery.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace abm::measure
