// How long something takes, where it has not happened yet for some. Pure functions; sources in survival.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "measure/statistics/proportions.h"

namespace abm::measure {

/// Days until it happened; or, if it did not, until when that is known (censored).
struct Duration {
  double days = 0;  ///< 0 to kLongestDays: what is beyond counts as there; not a number: left out
  bool happened = false;
};
inline constexpr double kLongestDays = 1e6;  // 2,700 years

struct SurvivalPoint {
  double days = 0;
  double share = 1;  ///< to whom it has not happened until just after `days`
  /// 95 %, by log(-log) as Kalbfleisch and Prentice. At share 0 that has no value: then 0 to what was the
  /// upper limit before.
  Interval interval;
  uint64_t at_risk = 0;   ///< just before `days`
  uint64_t happened = 0;  ///< on `days`
};

/// Kaplan and Meier (1958). Points only where it happened, ascending.
struct SurvivalCurve {
  std::vector<SurvivalPoint> points;
  uint64_t subjects = 0, happened = 0;
  double longest = 0;            ///< days until the last one that is known of
  std::vector<double> ends;      ///< of each subject, ascending: days until it happened or was censored
  std::optional<double> median;  ///< first day by which S is at most a half; absent: it stays above
  std::optional<double> median_low, median_high;  ///< 95 % (Brookmeyer and Crowley 1982); absent: open
};
/// Nobody: no points. In any order; who is censored on a day on which it happened to others was at risk then.
[[nodiscard]] SurvivalCurve kaplan_meier(std::vector<Duration> durations);
/// S(days) and who was at risk just before; 1, certainly, before the first point. Beyond `longest` nobody is
/// at risk, and the last point's share says nothing any more.
[[nodiscard]] SurvivalPoint at_days(const SurvivalCurve& curve, double days) noexcept;

struct LogRank {
  double statistic = 0;  ///< chi-squared with one degree of freedom
  double p = 1;
  double expected_a = 0, expected_b = 0;
};
/// Whether it takes equally long in both groups (Mantel 1966; Peto and Peto 1972). Nothing happened, or one
/// group is empty: p is 1.
[[nodiscard]] LogRank log_rank(std::vector<Duration> a, std::vector<Duration> b);

}  // namespace abm::measure
