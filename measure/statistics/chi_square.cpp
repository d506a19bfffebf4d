// The tail for whole degrees of freedom k is a finite sum: with a = k/2 and y = x/2, Q(1/2, y) = erfc(√y),
// Q(1, y) = e^-y, Q(a + 1, y) = Q(a, y) + y^a e^-y / Γ(a + 1) (Abramowitz and Stegun 1964, 26.4.4
// and 26.4.5).
#include "measure/statistics/chi_square.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace abm::measure {

double chi_square_tail(double x, unsigned degrees) noexcept {
  const double y = std::max(0.0, x) / 2;
  const bool odd = degrees % 2 == 1;
  double a = odd ? 0.5 : 1;
  double tail = odd ? std::erfc(std::sqrt(y)) : std::exp(-y);
  // y^a e^-y / Γ(a + 1), each from the one before.
  double term = odd ? 2 * std::sqrt(y) * std::exp(-y) * std::numbers::inv_sqrtpi : y * std::exp(-y);
  for (; 2 * a < degrees; ++a) {
    tail += term;
    term *= y / (a + 1.0);
  }
  return std::min(1.0, tail);
}

Fit fit_to_plan(const std::vector<ShareOfPlan>& groups) noexcept {
  Fit fit;
  double all = 0;
  for (const ShareOfPlan& group : groups) all += static_cast<double>(group.found);
  if (groups.size() < 2 || all == 0) return fit;
  fit.fewest_expected = all;
  for (const ShareOfPlan& group : groups) {
    const double expected = group.planned * all, off = static_cast<double>(group.found) - expected;
    fit.statistic += off * off / expected;
    fit.fewest_expected = std::min(fit.fewest_expected, expected);
  }
  fit.p = chi_square_tail(fit.statistic, static_cast<unsigned>(groups.size() - 1));
  return fit;
}

}  // namespace abm::measure
