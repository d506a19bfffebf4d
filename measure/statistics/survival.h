// How long something takes, where it has not happened yet for some. Pure functions; sources in survival.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "measure/statistics/proportions.h"

namespace abm::measure {

/// Days until it happened; or, if it did not, until when that is known (censored).
struct Duration {
  double days = 0;  ///< 0 or more
  bool happened = false;
};

struct SurvivalPoint {
  double days = 0;
  double share = 1;   ///< to whom it has not happened until just after `days`
  Interval interval;  ///< 95 %, by log(-log) as Kalbfleisch and Prentice
  uint64_t at_risk = 0;  ///< just before `days`
  uint64_t happened = 0;
};

/// Kaplan and Meier (1958). Points only where it happened, ascending.
struct SurvivalCurve {
  std::vector<SurvivalPoint> points;
  uint64_t subjects = 0, happened = 0;
  double longest = 0;  ///< days until the last one that is known of
  std::optional<double> median;  ///< days; absent: it happened to fewer than half
  std::optional<double> median_low, median_high;  ///< 95 % (Brookmeyer and Crowley 1982); absent: open
};
[[nodiscard]] SurvivalCurve kaplan_meier(std::vector<Duration> durations);
/// S(days), 1 before the first point.
[[nodiscard]] SurvivalPoint at_days(const SurvivalCurve& curve, double days) noexcept;

struct LogRank {
  double statistic = 0;  ///< chi-squared with one degree of freedom
  double p = 1;
  double expected_a = 0, expected_b = 0;
};
/// Whether it takes equally long in both groups (Mantel 1966; Peto and Peto 1972). Nothing happened: p is 1.
[[nodiscard]] LogRank log_rank(std::vector<Duration> a, std::vector<Duration> b);

}  // namespace abm::measure
