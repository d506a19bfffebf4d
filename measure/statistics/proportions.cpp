// Accounts are drawn by lot (a bucket of a hash of the account id), so accounts are counted; visits of one
// account are not independent, and an interval that treated them as such would be far too narrow. An account
// either reached the goal or did not: two independent binomial shares. Sources:
//
//   Wilson, E. B. (1927), Journal of the American Statistical Association 22, 209-212: interval of one share.
//   Miettinen, O. and Nurminen, M. (1985), Statistics in Medicine 4, 213-226: interval of a difference; all
//     d with (p1 - p2 - d)^2 / V(d) <= z^2, where V(d) = (r1 (1 - r1) / n1 + r2 (1 - r2) / n2) n / (n - 1),
//     and r1, r2 are the most likely shares among those with r1 - r2 = d (a cubic, solved in closed form).
//   Campbell, I. (2007), Statistics in Medicine 26, 3661-3675: at d = 0 the same score is the "N - 1"
//     chi-squared test, which he recommends where all expected counts are at least 1.
//
// Why this pair: control groups are small (a tenth) and shares are low, where Wald's interval is too narrow
// and Fisher's test too conservative; and interval and test are one statistic, so that the page never shows
// "p < 0.05" beside an interval that contains 0.
#include "measure/statistics/proportions.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace abm::measure {
namespace {

/// r2 of the most likely pair with r1 - r2 = d.
double restricted_share(double x1, double n1, double x2, double n2, double d) noexcept {
  const double n = n1 + n2;
  const double l3 = n;
  const double l2 = (n1 + 2 * n2) * d - n - (x1 + x2);
  const double l1 = (n2 * d - n - 2 * x2) * d + x1 + x2;
  const double l0 = x2 * d * (1 - d);
  const double a = l2 / (3 * l3);
  const double q = a * a * a - l1 * l2 / (6 * l3 * l3) + l0 / (2 * l3);
  const double root = std::sqrt(std::max(0.0, a * a - l1 / (3 * l3)));
  const double p = q < 0 ? -root : root;
  const double ratio = p == 0 ? 0 : std::clamp(q / (p * p * p), -1.0, 1.0);
  const double angle = (std::numbers::pi + std::acos(ratio)) / 3;
  return std::clamp(2 * p * std::cos(angle) - a, std::max(0.0, -d), std::min(1.0, 1 - d));
}

/// Signed square root of the score at difference d.
double score(const Share& treated, const Share& control, double d) noexcept {
  const auto x1 = static_cast<double>(treated.hits), n1 = static_cast<double>(treated.accounts);
  const auto x2 = static_cast<double>(control.hits), n2 = static_cast<double>(control.accounts);
  const double r2 = restricted_share(x1, n1, x2, n2, d);
  const double r1 = std::clamp(r2 + d, 0.0, 1.0);
  const double n = n1 + n2;
  const double variance = (r1 * (1 - r1) / n1 + r2 * (1 - r2) / n2) * n / (n - 1);
  const double distance = treated.rate() - control.rate() - d;
  if (variance <= 0) return distance == 0 ? 0 : std::copysign(INFINITY, distance);
  return distance / std::sqrt(variance);
}

/// Where the score, which falls as d grows, crosses `level` between `low` and `high`.
double solve(const Share& treated, const Share& control, double level, double low, double high) noexcept {
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (score(treated, control, middle) > level ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

double two_sided_p(double z) noexcept {
  return std::erfc(std::fabs(z) / std::numbers::sqrt2);
}

Interval wilson_interval(const Share& share) noexcept {
  if (share.accounts == 0) return {0, 1};
  const auto n = static_cast<double>(share.accounts);
  const double p = share.rate(), z2 = kZ95 * kZ95;
  const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kZ95 / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {share.hits == 0 ? 0 : std::max(0.0, middle - half),
          share.hits == share.accounts ? 1 : std::min(1.0, middle + half)};
}

Difference difference(const Share& treated, const Share& control) noexcept {
  Difference result;
  result.estimate = treated.rate() - control.rate();
  result.interval.low = solve(treated, control, kZ95, -1, result.estimate);
  result.interval.high = solve(treated, control, -kZ95, result.estimate, 1);
  const double at_zero = score(treated, control, 0);
  result.p = std::isfinite(at_zero) ? two_sided_p(at_zero) : 0;
  return result;
}

double exact_p(const Share& treated, const Share& control) {
  const uint64_t all = treated.accounts + control.accounts, hits = treated.hits + control.hits;
  if (treated.accounts == 0 || control.accounts == 0 || hits == 0 || hits == all) return 1;
  const auto log_choose = [](uint64_t n, uint64_t k) {
    const auto x = static_cast<double>(n), y = static_cast<double>(k);
    return std::lgamma(x + 1) - std::lgamma(y + 1) - std::lgamma(x - y + 1);
  };
  const auto log_likelihood = [&](uint64_t hits_of_control) {
    return log_choose(control.accounts, hits_of_control) +
           log_choose(treated.accounts, hits - hits_of_control) - log_choose(all, hits);
  };
  const uint64_t fewest = hits > treated.accounts ? hits - treated.accounts : 0;
  const uint64_t most = std::min(hits, control.accounts);
  constexpr double kSame = 1e-7;  // equally likely but for rounding
  const double found = log_likelihood(control.hits) + kSame;
  double p = 0;
  for (uint64_t i = fewest; i <= most; ++i) {
    if (const double other = log_likelihood(i); other <= found) p += std::exp(other);
  }
  return std::min(p, 1.0);
}

double detectable_difference(double base, uint64_t treated, uint64_t control) noexcept {
  if (treated == 0 || control == 0) return 1;
  const double p = std::clamp(base, 0.0, 1.0);
  const double error =
      std::sqrt(p * (1 - p) * (1 / static_cast<double>(treated) + 1 / static_cast<double>(control)));
  return std::min(1.0, (kZ95 + kZ80Power) * error);
}

}  // namespace abm::measure
