#include "measure/statistics/chi_square.h"

#include <gtest/gtest.h>

namespace abm::measure {
namespace {

// Upper percentage points as in Abramowitz and Stegun (1964), table 26.8.
TEST(ChiSquare, HasThePublishedTails) {
  const struct {
    unsigned degrees;
    double x, tail;
  } points[] = {{1, 3.84146, 0.05}, {1, 10.828, 0.001},  {2, 5.99147, 0.05}, {2, 13.816, 0.001},
                {3, 7.81473, 0.05}, {3, 16.266, 0.001},  {4, 9.48773, 0.05}, {5, 20.515, 0.001},
                {7, 14.0671, 0.05}, {10, 18.3070, 0.05}, {30, 43.7729, 0.05}};
  for (const auto& [degrees, x, tail] : points)
    EXPECT_NEAR(chi_square_tail(x, degrees), tail, tail * 0.0005) << degrees << " degrees, " << x;
  EXPECT_EQ(chi_square_tail(0, 1), 1);
  EXPECT_EQ(chi_square_tail(0, 2), 1);
  EXPECT_EQ(chi_square_tail(1e6, 3), 0);
}

// Of 1,000 accounts, 900 and 100 planned: (930 - 900)² / 900 + (70 - 100)² / 100 = 10.
TEST(FitToPlan, ComparesWhatWasFoundWithWhatWasPlanned) {
  const Fit fit = fit_to_plan({{930, 0.9}, {70, 0.1}});
  EXPECT_NEAR(fit.statistic, 10, 1e-12);
  EXPECT_NEAR(fit.p, 0.0015654, 1e-7);
  EXPECT_NEAR(fit.fewest_expected, 100, 1e-12);
  EXPECT_NEAR(fit_to_plan({{900, 0.9}, {100, 0.1}}).p, 1, 1e-12);
  EXPECT_LT(fit_to_plan({{960, 0.9}, {40, 0.1}}).p, 1e-9);
  const Fit three = fit_to_plan({{50, 0.25}, {70, 0.25}, {80, 0.5}});
  EXPECT_NEAR(three.statistic, 0 + 8 + 4, 1e-12);
  EXPECT_NEAR(three.p, chi_square_tail(12, 2), 1e-12);
}

TEST(FitToPlan, FindsNothingWhereThereIsNothingToFind) {
  EXPECT_EQ(fit_to_plan({}).p, 1);
  EXPECT_EQ(fit_to_plan({{5, 1.0}}).p, 1);
  EXPECT_EQ(fit_to_plan({{0, 0.9}, {0, 0.1}}).p, 1);
}

}  // namespace
}  // namespace abm::measure
