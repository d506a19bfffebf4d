#include "measure/statistics/survival.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace abm::measure {
namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinite = std::numeric_limits<double>::infinity();

// Miller's patients (R package survival: aml), weeks in remission: with and without maintenance.
const std::vector<Duration> kMaintained = {{9, true},   {13, true},  {13, false}, {18, true},
                                           {23, true},  {28, false}, {31, true},  {34, true},
                                           {45, false}, {48, true},  {161, false}};
const std::vector<Duration> kNotMaintained = {{5, true},  {5, true},   {8, true},  {8, true},
                                              {12, true}, {16, false}, {23, true}, {27, true},
                                              {30, true}, {33, true},  {43, true}, {45, true}};

struct Expected {
  double days;
  uint64_t at_risk, happened;
  double share, low, high;
};

void expect_points(const SurvivalCurve& curve, const std::vector<Expected>& expected) {
  ASSERT_EQ(curve.points.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    SCOPED_TRACE(expected[i].days);
    EXPECT_EQ(curve.points[i].days, expected[i].days);
    EXPECT_EQ(curve.points[i].at_risk, expected[i].at_risk);
    EXPECT_EQ(curve.points[i].happened, expected[i].happened);
    EXPECT_NEAR(curve.points[i].share, expected[i].share, 1e-9);
    EXPECT_NEAR(curve.points[i].interval.low, expected[i].low, 1e-9);
    EXPECT_NEAR(curve.points[i].interval.high, expected[i].high, 1e-9);
  }
}

// R 4.2.2, survival 3.5-3: f <- survfit(Surv(time, status) ~ 1, data = aml[aml$x == "Maintained", ],
//   conf.type = "log-log"); data.frame(f$time, f$n.risk, f$n.event, f$surv, f$lower, f$upper); quantile(f,
//   .5)
TEST(KaplanMeier, IsTheCurveOfR) {
  const SurvivalCurve curve = kaplan_meier(kMaintained);
  expect_points(curve, {{9, 11, 1, 0.9090909091, 0.50808020577, 0.9866738227},
                        {13, 10, 1, 0.8181818182, 0.44742861468, 0.9511622286},
                        {18, 8, 1, 0.7159090909, 0.35019038591, 0.8990239742},
                        {23, 7, 1, 0.6136363636, 0.26575204000, 0.8352992433},
                        {31, 5, 1, 0.4909090909, 0.16733090978, 0.7533997904},
                        {34, 4, 1, 0.3681818182, 0.09282957494, 0.6570408324},
                        {48, 2, 1, 0.1840909091, 0.01173848012, 0.5250148427}});
  EXPECT_EQ(curve.subjects, 11u);
  EXPECT_EQ(curve.happened, 7u);
  EXPECT_EQ(curve.longest, 161);
  EXPECT_EQ(curve.median, 31);
  EXPECT_EQ(curve.median_low, 13);
  EXPECT_EQ(curve.median_high, std::nullopt);
}

// The same with x == "Nonmaintained". At share 0, R has no interval.
TEST(KaplanMeier, GoesDownToZeroIfItHappensToTheLast) {
  const SurvivalCurve curve = kaplan_meier(kNotMaintained);
  expect_points(curve, {{5, 12, 2, 0.83333333333, 0.481714942195, 0.9555093657},
                        {8, 10, 2, 0.66666666667, 0.337018932541, 0.8597117991},
                        {12, 8, 1, 0.58333333333, 0.270138924085, 0.8009401923},
                        {23, 6, 1, 0.48611111111, 0.191876619619, 0.7296715698},
                        {27, 5, 1, 0.38888888889, 0.126272012195, 0.6498174083},
                        {30, 4, 1, 0.29166666667, 0.072401608908, 0.5608860527},
                        {33, 3, 1, 0.19444444444, 0.031198642931, 0.4614294762},
                        {43, 2, 1, 0.09722222222, 0.005746305696, 0.3489038611},
                        {45, 1, 1, 0, 0, 0.3489038611}});
  EXPECT_EQ(curve.median, 23);
  EXPECT_EQ(curve.median_low, 5);
  EXPECT_EQ(curve.median_high, 33);
}

// R: d <- c(0,0,0,3,3,3,5,7,7,7,9,12); e <- c(1,0,1,1,0,1,0,1,1,0,1,0)
//   survfit(Surv(d, e) ~ 1, conf.type = "log-log")
TEST(KaplanMeier, CountsTheFirstDayAndWhoLeavesOnADay) {
  const SurvivalCurve curve = kaplan_meier({{0, true},
                                            {0, false},
                                            {0, true},
                                            {3, true},
                                            {3, false},
                                            {3, true},
                                            {5, false},
                                            {7, true},
                                            {7, true},
                                            {7, false},
                                            {9, true},
                                            {12, false}});
  expect_points(curve, {{0, 12, 2, 0.8333333333, 0.48171494220, 0.9555093657},
                        {3, 9, 2, 0.6481481481, 0.30966222702, 0.8517975123},
                        {7, 5, 2, 0.3888888889, 0.10149656177, 0.6771181712},
                        {9, 2, 1, 0.1944444444, 0.01228584653, 0.5435750763}});
  EXPECT_EQ(curve.median, 7);
  EXPECT_EQ(curve.median_low, 0);
  EXPECT_EQ(at_days(curve, 0).share, curve.points[0].share);
}

TEST(KaplanMeier, KnowsHowManyAreAtRiskOnAnyDay) {
  const SurvivalCurve curve = kaplan_meier(kMaintained);
  const struct {
    double days;
    uint64_t at_risk, happened;
    double share;
  } cases[] = {{0, 11, 0, 1},         {8.9, 11, 0, 1},        {9, 11, 1, 10.0 / 11},
               {13, 10, 1, 9.0 / 11}, {14, 8, 0, 9.0 / 11},   {30, 5, 0, 0.6136363636},
               {161, 1, 0, 0.18409},  {162, 0, 0, 0.1840909}, {-1, 11, 0, 1}};
  for (const auto& [days, at_risk, happened, share] : cases) {
    const SurvivalPoint point = at_days(curve, days);
    EXPECT_EQ(point.days, days);
    EXPECT_EQ(point.at_risk, at_risk) << days;
    EXPECT_EQ(point.happened, happened) << days;
    EXPECT_NEAR(point.share, share, 1e-5) << days;
  }
  EXPECT_EQ(at_days(curve, 1).interval.low, 1);
}

TEST(KaplanMeier, SaysNothingOfNobodyAndOneOfThoseToWhomNothingHappened) {
  const SurvivalCurve nobody = kaplan_meier({});
  EXPECT_TRUE(nobody.points.empty());
  EXPECT_EQ(nobody.median, std::nullopt);
  EXPECT_EQ(at_days(nobody, 5).at_risk, 0u);
  const SurvivalCurve waiting = kaplan_meier({{10, false}, {0, false}, {30, false}});
  EXPECT_TRUE(waiting.points.empty());
  EXPECT_EQ(waiting.subjects, 3u);
  EXPECT_EQ(waiting.longest, 30);
  EXPECT_EQ(at_days(waiting, 20).share, 1);
  const SurvivalCurve at_once = kaplan_meier({{4, true}, {4, true}, {4, true}});
  ASSERT_EQ(at_once.points.size(), 1u);
  EXPECT_EQ(at_once.points[0].share, 0);
  EXPECT_EQ(at_once.points[0].interval.high, 1);
  EXPECT_EQ(at_once.median, 4);
}

TEST(KaplanMeier, TakesWhateverItIsGiven) {
  const SurvivalCurve curve =
      kaplan_meier({{kNotANumber, true}, {-5, true}, {kInfinite, false}, {1e300, true}, {3, true}});
  EXPECT_EQ(curve.subjects, 4u) << "not a number is left out";
  EXPECT_EQ(curve.points.front().days, 0) << "below zero is zero";
  EXPECT_EQ(curve.longest, kLongestDays);
  for (const SurvivalPoint& point : curve.points) EXPECT_TRUE(std::isfinite(point.share));
  const LogRank test =
      log_rank({{kNotANumber, true}, {kInfinite, true}}, {{-1, true}, {2, false}, {5, true}});
  EXPECT_TRUE(std::isfinite(test.statistic));
  EXPECT_GE(test.p, 0);
  EXPECT_LE(test.p, 1);
}

TEST(KaplanMeier, IsTheShareWhereNobodyIsCensoredAndFallsOnly) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<Duration> all_happened, some;
    for (size_t i = 0, n = 1 + random() % 60; i < n; ++i) {
      all_happened.push_back({static_cast<double>(random() % 20), true});
      some.push_back({static_cast<double>(random() % 20), random() % 3 == 0});
    }
    const SurvivalCurve plain = kaplan_meier(all_happened), curve = kaplan_meier(some);
    for (const SurvivalPoint& point : plain.points) {
      const auto later = std::count_if(all_happened.begin(), all_happened.end(),
                                       [&](const Duration& duration) { return duration.days > point.days; });
      EXPECT_NEAR(point.share, static_cast<double>(later) / static_cast<double>(all_happened.size()), 1e-12);
    }
    double before = 1;
    for (const SurvivalPoint& point : curve.points) {
      EXPECT_LT(point.share, before);
      EXPECT_LE(point.interval.low, point.share);
      EXPECT_GE(point.interval.high, point.share);
      EXPECT_GE(point.interval.low, 0);
      EXPECT_LE(point.interval.high, 1);
      before = point.share;
    }
    EXPECT_LE(curve.median_low.value_or(0), curve.median.value_or(kLongestDays));
    EXPECT_GE(curve.median_high.value_or(kLongestDays), curve.median.value_or(0));
    std::vector<Duration> shuffled = some;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const SurvivalCurve again = kaplan_meier(shuffled);
    ASSERT_EQ(again.points.size(), curve.points.size());
    for (size_t i = 0; i < curve.points.size(); ++i) EXPECT_EQ(again.points[i].share, curve.points[i].share);
  }
}

// R: s <- survdiff(Surv(time, status) ~ x, data = aml); s$chisq; s$exp; pchisq(s$chisq, 1, lower.tail =
// FALSE)
TEST(LogRankTest, IsTheTestOfR) {
  const LogRank test = log_rank(kMaintained, kNotMaintained);
  EXPECT_NEAR(test.statistic, 3.396388699, 1e-9);
  EXPECT_NEAR(test.p, 0.06533932204, 1e-9);
  EXPECT_NEAR(test.expected_a, 10.689335992, 1e-8);
  EXPECT_NEAR(test.expected_b, 7.310664008, 1e-8);
  const LogRank back = log_rank(kNotMaintained, kMaintained);
  EXPECT_NEAR(back.statistic, test.statistic, 1e-9);
  EXPECT_NEAR(back.expected_b, test.expected_a, 1e-9);
}

TEST(LogRankTest, FindsNothingWhereThereIsNothingToFind) {
  EXPECT_EQ(log_rank({}, {}).p, 1);
  EXPECT_EQ(log_rank(kMaintained, {}).p, 1);
  EXPECT_EQ(log_rank({}, kMaintained).p, 1);
  EXPECT_EQ(log_rank({{5, false}, {9, false}}, {{3, false}}).p, 1) << "nothing happened";
  EXPECT_EQ(log_rank({{5, true}, {5, true}}, {{5, true}}).p, 1) << "to all at once";
  EXPECT_NEAR(log_rank(kMaintained, kMaintained).p, 1, 1e-12);
  EXPECT_EQ(log_rank({{0, false}, {0, false}}, {{0, false}, {4, true}}).p, 1)
      << "one group left on the first day";
}

TEST(LogRankTest, DependsOnTheOrderOfDaysOnly) {
  std::vector<Duration> a = kMaintained, b = kNotMaintained;
  for (std::vector<Duration>* group : {&a, &b}) {
    for (Duration& duration : *group) duration.days = std::sqrt(duration.days) * 7;
    std::reverse(group->begin(), group->end());
  }
  EXPECT_NEAR(log_rank(a, b).statistic, log_rank(kMaintained, kNotMaintained).statistic, 1e-12);
}

}  // namespace
}  // namespace abm::measure
