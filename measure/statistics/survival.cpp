// Sources:
//
//   Kaplan, E. L. and Meier, P. (1958), Journal of the American Statistical Association 53, 457-481: the
//     product-limit estimate, section 2; its variance S² Σ d / (n (n - d)), equation 2f (Greenwood 1926).
//   Kalbfleisch, J. D. and Prentice, R. L. (1980), The Statistical Analysis of Failure Time Data:
//     section 1.3, the interval from log(-log S), S^exp(±z √V / log S) with V = Σ d / (n (n - d)). It stays
//     within 0 and 1.
//   Brookmeyer, R. and Crowley, J. (1982), Biometrics 38, 29-41: the interval of the median, all days whose
//     interval of S contains a half.
//   Mantel, N. (1966), Cancer Chemotherapy Reports 50, 163-170; Peto, R. and Peto, J. (1972), Journal of the
//     Royal Statistical Society A 135, 185-207: the log-rank test, with the hypergeometric variance.
#include "measure/statistics/survival.h"

#include <algorithm>
#include <cmath>

#include "measure/statistics/chi_square.h"

namespace abm::measure {
namespace {

// A product of shares such as 9/10 · 8/9 … 5/6 is a half but for rounding.
constexpr double kHalf = 0.5 + 1e-12;

/// Ascending, within range.
std::vector<Duration> in_order(std::vector<Duration> durations) {
  std::erase_if(durations, [](const Duration& duration) { return std::isnan(duration.days); });
  for (Duration& duration : durations) duration.days = std::clamp(duration.days, 0.0, kLongestDays);
  std::sort(durations.begin(), durations.end(),
            [](const Duration& a, const Duration& b) { return a.days < b.days; });
  return durations;
}

/// The next day in `durations` from `at` on: to how many it happened then. Moves `at` past it.
uint64_t happened_on(const std::vector<Duration>& durations, double days, size_t& at) {
  uint64_t happened = 0;
  for (; at < durations.size() && durations[at].days == days; ++at)
    happened += durations[at].happened ? 1 : 0;
  return happened;
}

/// `sum` is Σ d / (n (n - d)).
Interval log_log_interval(double share, double sum) noexcept {
  const double log_share = std::log(share), off = kZ95 * std::sqrt(sum) / log_share;  // below 0
  return {std::exp(log_share * std::exp(-off)), std::exp(log_share * std::exp(off))};
}

}  // namespace

SurvivalCurve kaplan_meier(std::vector<Duration> given) {
  const std::vector<Duration> durations = in_order(std::move(given));
  SurvivalCurve curve;
  curve.subjects = durations.size();
  curve.ends.reserve(durations.size());
  for (const Duration& duration : durations) curve.ends.push_back(duration.days);
  if (!durations.empty()) curve.longest = durations.back().days;
  double share = 1, sum = 0, upper = 1;
  for (size_t at = 0; at < durations.size();) {
    SurvivalPoint point;
    point.days = durations[at].days;
    point.at_risk = durations.size() - at;
    point.happened = happened_on(durations, point.days, at);
    if (point.happened == 0) continue;
    curve.happened += point.happened;
    const auto n = static_cast<double>(point.at_risk), d = static_cast<double>(point.happened);
    share *= (n - d) / n;
    sum += d / (n * (n - d));  // infinite where none is left, and then not used
    point.share = share;
    point.interval = share > 0 ? log_log_interval(share, sum) : Interval{0, upper};
    upper = point.interval.high;
    if (share <= kHalf && !curve.median) curve.median = point.days;
    if (point.interval.low <= kHalf && !curve.median_low) curve.median_low = point.days;
    if (point.interval.high <= kHalf && !curve.median_high) curve.median_high = point.days;
    curve.points.push_back(point);
  }
  return curve;
}

SurvivalPoint at_days(const SurvivalCurve& curve, double days) noexcept {
  SurvivalPoint point;
  point.interval = {1, 1};
  const auto after = std::upper_bound(curve.points.begin(), curve.points.end(), days,
                                      [](double day, const SurvivalPoint& p) { return day < p.days; });
  if (after != curve.points.begin()) point = *(after - 1);
  if (point.days != days) point.happened = 0;
  point.days = days;
  point.at_risk =
      static_cast<uint64_t>(curve.ends.end() - std::lower_bound(curve.ends.begin(), curve.ends.end(), days));
  return point;
}

LogRank log_rank(std::vector<Duration> given_a, std::vector<Duration> given_b) {
  const std::vector<Duration> a = in_order(std::move(given_a)), b = in_order(std::move(given_b));
  LogRank result;
  double found = 0, variance = 0;  // of group a
  for (size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    const double days =
        std::min(i < a.size() ? a[i].days : kLongestDays, j < b.size() ? b[j].days : kLongestDays);
    const auto n_a = static_cast<double>(a.size() - i), n_b = static_cast<double>(b.size() - j),
               n = n_a + n_b;
    const auto d_a = static_cast<double>(happened_on(a, days, i));
    const double d = d_a + static_cast<double>(happened_on(b, days, j));
    if (d == 0) continue;
    found += d_a;
    result.expected_a += d * n_a / n;
    result.expected_b += d * n_b / n;
    if (n > 1) variance += d * (n_a / n) * (n_b / n) * (n - d) / (n - 1);
  }
  if (variance <= 0) return result;
  const double off = found - result.expected_a;
  result.statistic = off * off / variance;
  result.p = chi_square_tail(result.statistic, 1);
  return result;
}

}  // namespace abm::measure
