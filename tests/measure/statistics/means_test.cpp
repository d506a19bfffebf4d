#include "measure/statistics/means.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "measure/statistics/anytime.h"

namespace abm::measure {
namespace {

const std::vector<double> kSixteen = {10, 12, 12.5, 12.5, 13.9, 15,  21,  22,
                                      23, 34, 50,   81,   89,   121, 134, 213};
const std::vector<double> kTreatedAmounts = {0,     0,    0,     0,    0,    0,     0, 0, 0, 0, 0,     0,
                                             12000, 3400, 25000, 8100, 5600, 47000, 0, 0, 0, 0, 15000, 2300};
const std::vector<double> kControlAmounts = {0, 0,    0,    0,    0, 0, 0, 0,     0,
                                             0, 4200, 9000, 1500, 0, 0, 0, 31000, 2600};

std::vector<double> times(std::vector<double> values, double factor) {
  for (double& value : values) value *= factor;
  return values;
}

TEST(MeanOf, KnowsMeanAndStandardError) {
  const Mean mean = mean_of(std::vector<double>{0, 0, 6, 2});
  EXPECT_EQ(mean.n, 4u);
  EXPECT_EQ(mean.above_zero, 2u);
  EXPECT_EQ(mean.mean, 2);
  EXPECT_NEAR(mean.standard_error, std::sqrt(24.0 / 3 / 4), 1e-12);
  EXPECT_EQ(mean_of({}).n, 0u);
  EXPECT_EQ(mean_of(std::vector<double>{7}).standard_error, 0);
  // Small amounts beside large ones do not vanish, in whatever order.
  const std::vector<double> mixed = {1e15, 1, -1e15, 3};
  std::vector<double> turned = {3, -1e15, 1, 1e15};
  EXPECT_EQ(mean_of(mixed).mean, 1);
  EXPECT_EQ(mean_of(turned).mean, 1);
}

// Published (basic 23.77 to 79.12, percentile 28.86 to 84.21): 32.31 to 91.43, itself from resamples.
// R 4.2.2, boot 1.3-28.1: set.seed(7); boot.ci(boot(x, function(x, i) mean(x[i]), 199999), type = "bca")
//   → 32.1957 91.2654. With 9,999 resamples the ends move by 0.4 and 0.8 from one seed to another.
TEST(BcaInterval, IsThePublishedOne) {
  const Interval interval = bca_interval(kSixteen);
  EXPECT_NEAR(interval.low, 32.31, 0.8);
  EXPECT_NEAR(interval.low, 32.1957, 0.8);
  EXPECT_NEAR(interval.high, 91.43, 1.6);
  EXPECT_NEAR(interval.high, 91.2654, 1.6);
}

// SciPy 1.10.1: scipy.stats.bootstrap((t, c), lambda x, y, axis=-1: x.mean(axis) - y.mean(axis),
//   n_resamples=200000, method='BCa', random_state=1, vectorized=True) → -2809.72 8234.72
//   scipy.stats.permutation_test((t, c), …, n_resamples=400000, random_state=1) → 0.49511
TEST(CompareMeans, IsWhatSciPySays) {
  const MeanDifference result = compare_means(kTreatedAmounts, kControlAmounts);
  EXPECT_NEAR(result.estimate, 2250, 1e-9);
  EXPECT_NEAR(result.bca.low, -2809.72, 300);
  EXPECT_NEAR(result.bca.high, 8234.72, 300);
  EXPECT_NEAR(result.p, 0.49511, 0.02);
}

/// p over all ways in which arms can fall.
double enumerated_p(const std::vector<double>& treated, const std::vector<double>& control) {
  std::vector<double> all = treated;
  all.insert(all.end(), control.begin(), control.end());
  double found = 0;
  for (const double value : treated) found += value;
  double ways = 0, as_low = 0, as_high = 0;
  for (unsigned arms = 0; arms < 1U << all.size(); ++arms) {
    if (static_cast<size_t>(std::popcount(arms)) != treated.size()) continue;
    double sum = 0;
    for (size_t i = 0; i < all.size(); ++i) sum += (arms >> i & 1U) != 0 ? all[i] : 0;
    ++ways;
    as_low += sum <= found + 1e-9 ? 1 : 0;
    as_high += sum >= found - 1e-9 ? 1 : 0;
  }
  return std::min(1.0, 2 * std::min(as_low, as_high) / ways);
}

// scipy.stats.permutation_test(([7, 9, 0, 12], [0, 3, 0, 1, 5]), …, n_resamples=np.inf) → 0.1111111
TEST(CompareMeans, PermutesArmsAsIfAllWaysHadBeenTried) {
  EXPECT_NEAR(enumerated_p({7, 9, 0, 12}, {0, 3, 0, 1, 5}), 0.1111111, 1e-7);
  EXPECT_NEAR(compare_means(std::vector<double>{7, 9, 0, 12}, std::vector<double>{0, 3, 0, 1, 5}).p, 0.1111,
              0.015);
  std::mt19937 random(3);
  for (int round = 0; round < 30; ++round) {
    std::vector<double> treated(2 + random() % 6), control(2 + random() % 6);
    for (std::vector<double>* arm : {&treated, &control}) {
      for (double& value : *arm) value = random() % 2 == 0 ? 0 : static_cast<double>(1 + random() % 4);
    }
    const double exact = enumerated_p(treated, control), p = compare_means(treated, control).p;
    EXPECT_NEAR(p, exact, 4 * std::sqrt(exact * (2 - exact) / kResamples) + 0.0005) << round;
  }
}

// R 4.2.2: t.test(c(1,5,9,14,22,30), c(2,3,4,8,11), conf.level = 0.95) → -3.576194901 19.376194901, and BCa
// is narrower.
TEST(CompareMeans, IsAtLeastAsWideAsWelchsInterval) {
  const MeanDifference result =
      compare_means(std::vector<double>{1, 5, 9, 14, 22, 30}, std::vector<double>{2, 3, 4, 8, 11});
  EXPECT_NEAR(result.interval.low, -3.576194901, 0.1);
  EXPECT_NEAR(result.interval.high, 19.376194901, 0.1);
}

TEST(CompareMeans, SaysTheSameInAnyOrder) {
  std::vector<double> treated = kTreatedAmounts, control = kControlAmounts;
  const MeanDifference first = compare_means(treated, control);
  std::mt19937 random(11);
  for (int round = 0; round < 3; ++round) {
    std::shuffle(treated.begin(), treated.end(), random);
    std::shuffle(control.begin(), control.end(), random);
    const MeanDifference again = compare_means(treated, control);
    EXPECT_EQ(again.estimate, first.estimate);
    EXPECT_EQ(again.interval.low, first.interval.low);
    EXPECT_EQ(again.interval.high, first.interval.high);
    EXPECT_EQ(again.p, first.p);
  }
}

TEST(CompareMeans, DoesNotDependOnTheUnitOfMoney) {
  const MeanDifference first = compare_means(kTreatedAmounts, kControlAmounts);
  for (const double factor : {0.01, 1.0 / 3, 7.3, 1e9}) {
    const MeanDifference scaled =
        compare_means(times(kTreatedAmounts, factor), times(kControlAmounts, factor));
    EXPECT_NEAR(scaled.estimate / factor, first.estimate, 1e-6);
    EXPECT_NEAR(scaled.interval.low / factor, first.interval.low, 1e-6);
    EXPECT_NEAR(scaled.interval.high / factor, first.interval.high, 1e-6);
    EXPECT_EQ(scaled.p, first.p) << factor;
  }
}

TEST(CompareMeans, TurnsAroundWithTheArmsWithinWhatResamplingLeavesOpen) {
  const MeanDifference forth = compare_means(kTreatedAmounts, kControlAmounts),
                       back = compare_means(kControlAmounts, kTreatedAmounts);
  EXPECT_EQ(forth.estimate, -back.estimate);
  EXPECT_NEAR(forth.interval.low, -back.interval.high, 250);
  EXPECT_NEAR(forth.interval.high, -back.interval.low, 250);
  EXPECT_NEAR(forth.p, back.p, 0.03);
}

TEST(CompareMeans, KnowsMoreWithEveryAccountTwice) {
  std::vector<double> treated = kTreatedAmounts, control = kControlAmounts;
  treated.insert(treated.end(), kTreatedAmounts.begin(), kTreatedAmounts.end());
  control.insert(control.end(), kControlAmounts.begin(), kControlAmounts.end());
  const MeanDifference once = compare_means(kTreatedAmounts, kControlAmounts),
                       twice = compare_means(treated, control);
  EXPECT_NEAR(twice.estimate, once.estimate, 1e-9);
  EXPECT_LT(twice.p, once.p);
  EXPECT_NEAR((twice.bca.high - twice.bca.low) / (once.bca.high - once.bca.low), std::sqrt(0.5), 0.05);
  // The same account in both arms speaks for no difference.
  treated = kTreatedAmounts, control = kControlAmounts;
  treated.push_back(20'000);
  control.push_back(20'000);
  EXPECT_LT(std::fabs(compare_means(treated, control).estimate), once.estimate);
}

TEST(CompareMeans, HasItsEstimateWithinItsInterval) {
  std::mt19937 random(17);
  for (int round = 0; round < 60; ++round) {
    std::vector<double> treated(2 + random() % 200), control(2 + random() % 20);
    for (std::vector<double>* arm : {&treated, &control}) {
      for (double& value : *arm)
        value = random() % 8 == 0 ? std::exp(static_cast<double>(random() % 150) / 10) : 0;
    }
    const MeanDifference result = compare_means(treated, control);
    EXPECT_LE(result.interval.low, result.estimate);
    EXPECT_GE(result.interval.high, result.estimate);
    EXPECT_LE(result.interval.low, result.bca.low);
    EXPECT_GE(result.interval.high, result.bca.high);
    EXPECT_GT(result.p, 0);
    EXPECT_LE(result.p, 1);
  }
}

TEST(CompareMeans, FindsNothingWhereThereIsNothingToFind) {
  const std::vector<double> nothing(30, 0.0), same(25, 5.0), one = {3};
  for (const auto& [treated, control] : {std::pair{nothing, nothing}, {same, same}}) {
    const MeanDifference result = compare_means(treated, control);
    EXPECT_EQ(result.estimate, 0);
    EXPECT_NEAR(result.interval.low, 0, 1e-9);
    EXPECT_NEAR(result.interval.high, 0, 1e-9);
    EXPECT_EQ(result.p, 1);
  }
  for (const auto& [treated, control] :
       {std::pair{std::vector<double>{}, same}, {same, one}, {one, std::vector<double>{}}}) {
    const MeanDifference result = compare_means(treated, control);
    EXPECT_EQ(result.p, 1);
    EXPECT_EQ(result.interval.low, -kLargestAmount);
    EXPECT_EQ(result.interval.high, kLargestAmount);
    EXPECT_TRUE(std::isfinite(result.estimate));
  }
  // What no permutation of ten thousand reaches is told as one in ten thousand, never as 0.
  EXPECT_EQ(compare_means(std::vector<double>(40, 9.0), nothing).p, 2.0 / (kResamples + 1));
}

TEST(CompareMeans, TakesWhateverItIsGiven) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN(),
                   kInf = std::numeric_limits<double>::infinity();
  const std::vector<double> hostile = {kNan, kInf, -kInf, 1e308, -1e308, 5e-324, -0.0, 0, 1};
  const std::vector<double> tiny(5, 5e-324), plain = {0, 0, 3, 4, kNan};
  for (const auto& treated : {hostile, tiny, plain}) {
    for (const auto& control : {hostile, tiny, plain}) {
      const MeanDifference result = compare_means(treated, control);
      EXPECT_TRUE(std::isfinite(result.estimate) && std::isfinite(result.interval.low) &&
                  std::isfinite(result.interval.high));
      EXPECT_GT(result.p, 0);
      EXPECT_LE(result.p, 1);
      EXPECT_TRUE(std::isfinite(mean_of(treated).mean) && std::isfinite(mean_of(treated).standard_error));
      const auto adjusted = adjust_by_before(treated, treated, control, control);
      EXPECT_TRUE(!adjusted || (std::isfinite(adjusted->theta) && std::isfinite(adjusted->interval.low)));
    }
  }
  EXPECT_EQ(compare_means(plain, std::vector<double>{0, 0, 0, 0, 0}).estimate, 7.0 / 5)
      << "not a number is 0";
}

TEST(Winsorised, CutsOffWhatIsAbove) {
  EXPECT_EQ(winsorised(std::vector<double>{0, 10, 500, -3}, 100), (std::vector<double>{0, 10, 100, -3}));
  EXPECT_EQ(winsorised(std::vector<double>{std::numeric_limits<double>::infinity()}, 1e300),
            std::vector<double>{kLargestAmount});
}

const std::vector<double> kTreatedAfter = {120, 0, 310, 45, 0, 220, 90, 15, 400, 60, 0, 75};
const std::vector<double> kTreatedBefore = {100, 10, 250, 60, 0, 150, 80, 30, 300, 40, 20, 50};
const std::vector<double> kControlAfter = {0, 80, 150, 20, 210, 0, 35, 60, 110, 5};
const std::vector<double> kControlBefore = {20, 90, 160, 10, 240, 5, 50, 40, 130, 0};

// statsmodels 0.13.5: r = OLS(y, add_constant(column_stack((treated, before)))).fit(); r.params
//   → -21.22513472 24.90757673 1.18423; r.get_robustcov_results('HC2').bse → 9.48319754 11.80109542
//   0.10077499 corrcoef(OLS(y, add_constant(treated)).fit().resid, OLS(before,
//   add_constant(treated)).fit().resid) → 0.97266313
TEST(AdjustByBefore, IsTheRegressionOfStatsmodels) {
  const auto adjusted = adjust_by_before(kTreatedAfter, kTreatedBefore, kControlAfter, kControlBefore);
  ASSERT_TRUE(adjusted);
  EXPECT_NEAR(adjusted->theta, 1.18423, 1e-6);
  EXPECT_NEAR(adjusted->estimate, 24.90757673, 1e-6);
  EXPECT_NEAR(adjusted->correlation, 0.97266313, 1e-7);
  // theirs knows that θ was estimated, too: with 22 accounts that is up to a tenth
  const double error = (adjusted->interval.high - adjusted->estimate) / kZ95;
  EXPECT_NEAR(error, 11.80109542, 1.2);
  EXPECT_NEAR(adjusted->p, two_sided_p(adjusted->estimate / error), 1e-12);
}

TEST(AdjustByBefore, TakesOutWhatWasThereBefore) {
  std::mt19937 random(29);
  std::vector<double> before[2], after[2];
  for (int i = 0; i < 4000; ++i) {
    const double was = std::exp(static_cast<double>(random() % 1000) / 250);
    before[i % 2].push_back(was);
    after[i % 2].push_back(2 * was + static_cast<double>(random() % 1000) / 100 + (i % 2 == 0 ? 3 : 0));
  }
  const auto adjusted = adjust_by_before(after[0], before[0], after[1], before[1]);
  ASSERT_TRUE(adjusted);
  EXPECT_NEAR(adjusted->theta, 2, 0.02);
  EXPECT_NEAR(adjusted->estimate, 3, 0.3);
  const double plain = std::hypot(mean_of(after[0]).standard_error, mean_of(after[1]).standard_error);
  const double error = (adjusted->interval.high - adjusted->estimate) / kZ95;
  EXPECT_NEAR(error * error / (plain * plain), 1 - adjusted->correlation * adjusted->correlation, 0.002);
}

TEST(AdjustByBefore, NeedsADifferenceBefore) {
  const std::vector<double> same(12, 4.0), short_one = {1};
  EXPECT_FALSE(adjust_by_before(kTreatedAfter, same, kTreatedAfter, same));
  EXPECT_FALSE(adjust_by_before(kTreatedAfter, same, kTreatedAfter, std::vector<double>(12, 5.0)));
  EXPECT_FALSE(adjust_by_before(kTreatedAfter, kControlBefore, kControlAfter, kControlBefore))
      << "unequally long";
  EXPECT_FALSE(adjust_by_before(short_one, short_one, kControlAfter, kControlBefore));
}

TEST(MeanDifferenceSequence, IsThatOfSharesWhereAmountsAreZeroAndOne) {
  std::vector<double> treated(900, 0.0), control(100, 0.0);
  std::fill_n(treated.begin(), 180, 1.0);
  std::fill_n(control.begin(), 12, 1.0);
  const Interval of_means = mean_difference_sequence(mean_of(treated), mean_of(control), 1000),
                 of_shares = difference_sequence({180, 900}, {12, 100}, 1000);
  EXPECT_NEAR(of_means.low, of_shares.low, 0.0006);  // n - 1 instead of n
  EXPECT_NEAR(of_means.high, of_shares.high, 0.0006);
  EXPECT_EQ(mean_difference_sequence(mean_of(treated), mean_of({}), 1000).high, kLargestAmount);
}

}  // namespace
}  // namespace abm::measure
