#include "measure/statistics/proportions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace abm::measure {
namespace {

// Newcombe, R. G. (1998), Statistics in Medicine 17, 857-872, table II.
TEST(WilsonInterval, GivesThePublishedValues) {
  const struct {
    Share share;
    Interval interval;
  } cases[] = {{{81, 263}, {0.2553, 0.3662}},
               {{15, 148}, {0.0624, 0.1605}},
               {{0, 20}, {0.0000, 0.1611}},
               {{1, 29}, {0.0061, 0.1718}}};
  for (const auto& [share, interval] : cases) {
    EXPECT_NEAR(wilson_interval(share).low, interval.low, 0.00005);
    EXPECT_NEAR(wilson_interval(share).high, interval.high, 0.00005);
  }
}

// Newcombe, R. G. (1998), Statistics in Medicine 17, 873-890, table II, method 6 (Miettinen-Nurminen).
TEST(Difference, GivesThePublishedIntervals) {
  const struct {
    Share treated, control;
    Interval interval;
  } cases[] = {{{56, 70}, {48, 80}, {0.0528, 0.3382}}, {{9, 10}, {3, 10}, {0.1700, 0.8406}},
               {{6, 7}, {2, 7}, {0.0342, 0.8534}},     {{5, 56}, {0, 29}, {-0.0326, 0.1933}},
               {{0, 10}, {0, 20}, {-0.1658, 0.2844}},  {{10, 10}, {0, 20}, {0.7156, 1.0000}}};
  for (const auto& [treated, control, interval] : cases) {
    const Difference result = difference(treated, control);
    EXPECT_NEAR(result.interval.low, interval.low, 0.00006) << treated.hits << "/" << treated.accounts;
    EXPECT_NEAR(result.interval.high, interval.high, 0.00006) << treated.hits << "/" << treated.accounts;
  }
}

// The closed form at no difference: (ad - bc)^2 (N - 1) / (m n r s).
TEST(Difference, TestsByTheNMinusOneChiSquared) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    const uint64_t n1 = 1 + random() % 400, n2 = 1 + random() % 400;
    const Share treated{random() % (n1 + 1), n1}, control{random() % (n2 + 1), n2};
    const auto a = static_cast<double>(treated.hits), b = static_cast<double>(n1 - treated.hits);
    const auto c = static_cast<double>(control.hits), d = static_cast<double>(n2 - control.hits);
    if (a + c == 0 || b + d == 0) {
      EXPECT_EQ(difference(treated, control).p, 1);
      continue;
    }
    const double chi =
        (a * d - b * c) * (a * d - b * c) * (a + b + c + d - 1) / ((a + b) * (c + d) * (a + c) * (b + d));
    EXPECT_NEAR(difference(treated, control).p, std::erfc(std::sqrt(chi / 2)), 1e-9);
  }
}

TEST(Difference, IntervalAndTestAlwaysAgree) {
  std::mt19937 random(8);
  int significant = 0;
  for (int round = 0; round < 5000; ++round) {
    const uint64_t n1 = 1 + random() % 300, n2 = 1 + random() % 300;
    const Share treated{random() % (n1 + 1), n1}, control{random() % (n2 + 1), n2};
    const Difference result = difference(treated, control);
    EXPECT_LE(result.interval.low, result.estimate);
    EXPECT_GE(result.interval.high, result.estimate);
    EXPECT_GE(result.interval.low, -1);
    EXPECT_LE(result.interval.high, 1);
    if (std::fabs(result.p - 0.05) < 1e-9) continue;
    const bool leaves_out_zero = result.interval.low > 0 || result.interval.high < 0;
    EXPECT_EQ(leaves_out_zero, result.p < 0.05)
        << treated.hits << "/" << n1 << " " << control.hits << "/" << n2;
    significant += leaves_out_zero ? 1 : 0;
  }
  EXPECT_GT(significant, 500);
}

TEST(Difference, TurnsAroundWithTheArms) {
  const Difference forth = difference({30, 120}, {9, 80}), back = difference({9, 80}, {30, 120});
  EXPECT_NEAR(forth.interval.low, -back.interval.high, 1e-12);
  EXPECT_NEAR(forth.interval.high, -back.interval.low, 1e-12);
  EXPECT_NEAR(forth.p, back.p, 1e-12);
}

// Exact sums over both binomials, no simulation: how often the interval contains the truth, and how often the
// test fires without an effect.
TEST(Difference, KeepsItsPromiseForAControlGroupOfATenth) {
  const auto binomial = [](uint64_t n, double p) {
    std::vector<double> mass(n + 1);
    for (uint64_t k = 0; k <= n; ++k) {
      const auto nd = static_cast<double>(n), kd = static_cast<double>(k);
      mass[k] = std::exp(std::lgamma(nd + 1) - std::lgamma(kd + 1) - std::lgamma(nd - kd + 1) +
                         kd * std::log(p) + (nd - kd) * std::log(1 - p));
    }
    return mass;
  };
  constexpr uint64_t kTreated = 270, kControl = 30;
  for (const double base : {0.2, 0.35, 0.5}) {
    for (const double effect : {0.0, 0.1}) {
      const auto treated = binomial(kTreated, base + effect), control = binomial(kControl, base);
      double covered = 0, all = 0;
      for (uint64_t x = 0; x <= kTreated; ++x) {
        if (treated[x] < 1e-7) continue;
        for (uint64_t y = 0; y <= kControl; ++y) {
          const double mass = treated[x] * control[y];
          if (mass < 1e-9) continue;
          const Interval interval = difference({x, kTreated}, {y, kControl}).interval;
          all += mass;
          if (interval.low <= effect && effect <= interval.high) covered += mass;
        }
      }
      EXPECT_NEAR(covered / all, 0.95, 0.012) << base << " " << effect;
    }
  }
}

TEST(DetectableDifference, IsFoundByFourOfFiveExperiments) {
  // 900 against 100, 20 %: (1.96 + 0.84) sqrt(0.16 (1/900 + 1/100)).
  EXPECT_NEAR(detectable_difference(0.2, 900, 100), 2.80158522 * std::sqrt(0.16 * (1 / 900.0 + 1 / 100.0)),
              1e-8);
  EXPECT_EQ(detectable_difference(0.2, 0, 100), 1);
}

TEST(TwoSidedP, KnowsTheNormalDistribution) {
  EXPECT_NEAR(two_sided_p(kZ95), 0.05, 1e-12);
  EXPECT_NEAR(two_sided_p(-2.5758293035489), 0.01, 1e-12);
  EXPECT_EQ(two_sided_p(0), 1);
}

// fisher.test(matrix(c(3, 1, 1, 3), 2))$p.value and (c(8, 1, 2, 5)) in R; and the definition, slowly.
TEST(ExactP, IsFishers) {
  EXPECT_NEAR(exact_p({3, 4}, {1, 4}), 0.4857142857, 1e-9);
  EXPECT_NEAR(exact_p({8, 10}, {1, 6}), 0.0349650350, 1e-9);
  EXPECT_EQ(exact_p({0, 10}, {0, 6}), 1);
  EXPECT_EQ(exact_p({10, 10}, {6, 6}), 1);
  EXPECT_EQ(exact_p({1, 10}, {0, 0}), 1);
}

// Arms of fixed sizes, and few that came: the chi-squared test would alarm in six of 1,000 where one is
// promised.
TEST(ExactP, KeepsItsLevelWhereFewCame) {
  const uint64_t control = 30, treated = 270, came = 6;
  const auto choose = [](double n, double k) {
    return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
  };
  double exact = 0, approximate = 0;
  for (uint64_t k = 0; k <= came; ++k) {
    const double likely =
        std::exp(choose(control, static_cast<double>(k)) + choose(treated, static_cast<double>(came - k)) -
                 choose(control + treated, came));
    if (exact_p({came - k, treated}, {k, control}) < 0.001) exact += likely;
    if (difference({came - k, treated}, {k, control}).p < 0.001) approximate += likely;
  }
  EXPECT_LT(exact, 0.001);
  EXPECT_GT(approximate, 0.002);
}

}  // namespace
}  // namespace abm::measure
