// Power: the exact sum, done slowly, and published sizes.
#include "measure/report/power.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "measure/statistics/proportions.h"

namespace abm::measure {
namespace {

double mass_of(uint64_t n, uint64_t k, double p) {
  const auto nd = static_cast<double>(n), kd = static_cast<double>(k);
  return std::exp(std::lgamma(nd + 1) - std::lgamma(kd + 1) - std::lgamma(nd - kd + 1) + kd * std::log(p) +
                  (nd - kd) * std::log(1 - p));
}

// Every outcome, judged by what the report calls significant.
double slow_power(const Trial& trial, double treated_rate, double control_rate) {
  double power = 0;
  for (uint64_t x = 0; x <= trial.treated; ++x) {
    for (uint64_t y = 0; y <= trial.control; ++y) {
      const Difference found = difference({x, trial.treated}, {y, trial.control});
      if (found.estimate <= 0 || found.p >= trial.alpha) continue;
      power += mass_of(trial.treated, x, treated_rate) * mass_of(trial.control, y, control_rate);
    }
  }
  return power;
}

TEST(Power, IsTheSumOverEverythingThatTheReportCallsSignificant) {
  for (const auto& [treated, control] : {std::pair<uint64_t, uint64_t>{20, 20}, {90, 23}, {21, 70}, {1, 3}}) {
    for (const double base : {0.05, 0.3, 0.9}) {
      for (const double rise : {0.0, 0.04, 0.09}) {
        for (const double alpha : {0.05, 0.01}) {
          const Trial trial{treated, control, alpha, 0.8};
          EXPECT_NEAR(power_of(trial, base + rise, base), slow_power(trial, base + rise, base), 1e-9)
              << treated << "/" << control << " " << base << " + " << rise << " " << alpha;
        }
      }
    }
  }
  EXPECT_EQ(power_of({0, 20, 0.05, 0.8}, 0.5, 0.1), 0);
}

// Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, section 4.2, without
// continuity correction, as power.prop.test of R has it: so many accounts in each group for 80 %. Exact power
// differs from that approximation by the steps of counts.
TEST(Power, AgreesWithPublishedSizes) {
  const struct {
    double base, rate;
    uint64_t accounts;
  } cases[] = {{0.10, 0.20, 199}, {0.50, 0.60, 388}, {0.50, 0.75, 58}, {0.05, 0.10, 435}};
  for (const auto& [base, rate, accounts] : cases)
    EXPECT_NEAR(power_of({accounts, accounts, 0.05, 0.8}, rate, base), 0.8, 0.015) << base << " " << rate;
}

TEST(Power, WithoutAnEffectIsAtMostTheLevelOfOneSide) {
  for (const uint64_t control : {30u, 100u, 1000u}) {
    const double found = power_of({9 * control, control, 0.05, 0.8}, 0.2, 0.2);
    EXPECT_GT(found, 0.012) << control;
    EXPECT_LT(found, 0.032) << control;
  }
}

TEST(SmallestEffect, IsWhereThePowerIsReached) {
  for (const auto& [treated, control] :
       {std::pair<uint64_t, uint64_t>{900, 100}, {60, 60}, {18'000, 2'000}}) {
    for (const double base : {0.1, 0.2, 0.4}) {
      const Trial trial{treated, control, 0.05, 0.8};
      const SmallestEffect effect = smallest_effect(trial, base);
      ASSERT_EQ(effect.lacks, "") << treated << " " << base;
      EXPECT_GE(power_of(trial, base + effect.rise, base), 0.8);
      EXPECT_LT(power_of(trial, base + effect.rise - 0.00002, base), 0.8);
      EXPECT_LT(smallest_effect({10 * treated, 10 * control, 0.05, 0.8}, base).rise, effect.rise / 2.5);
      EXPECT_GT(smallest_effect({treated, control, 0.05, 0.9}, base).rise, effect.rise);
      EXPECT_GT(smallest_effect({treated, control, 0.01, 0.8}, base).rise, effect.rise);
    }
  }
}

// The same book's formula for groups of different sizes, solved for the effect.
TEST(SmallestEffect, IsNearTheNormalApproximationWhereThatHolds) {
  const struct {
    uint64_t treated, control;
    double base, rise;
  } cases[] = {{900, 100, 0.2, 0.13248}, {60, 60, 0.2, 0.23586}, {18'000, 2'000, 0.1, 0.020955}};
  for (const auto& [treated, control, base, rise] : cases)
    EXPECT_NEAR(smallest_effect({treated, control, 0.05, 0.8}, base).rise / rise, 1, 0.04) << treated;
}

TEST(SmallestEffect, SaysWhatIsMissing) {
  EXPECT_EQ(smallest_effect({54, 6, 0.05, 0.8}, 0.2).lacks,
            "6 accounts in the control group, at least 20 are needed");
  EXPECT_EQ(smallest_effect({1, 54, 0.05, 0.8}, 0.2).lacks,
            "1 account in the treated group, at least 20 are needed");
  EXPECT_EQ(smallest_effect({360, 40, 0.05, 0.8}, 0.1).lacks,
            "4.0 of 40 accounts would reach the goal, at least 5 are needed");
  EXPECT_EQ(smallest_effect({360, 40, 0.05, 0.8}, 0.9).lacks,
            "4.0 of 40 accounts would miss the goal, at least 5 are needed");
  EXPECT_EQ(smallest_effect({180, 20, 0.05, 0.8}, 0.7).lacks,
            "almost every account would have to reach the goal");
  EXPECT_EQ(smallest_effect({20, 20, 0.0001, 0.999}, 0.7).lacks, "not even a share of 100 % would be found");
  EXPECT_EQ(groups_lack({20, 20, 0.05, 0.8}), "");
}

}  // namespace
}  // namespace abm::measure
