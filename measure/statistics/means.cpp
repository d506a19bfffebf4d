// Sources:
//
//   Deng, A., Xu, Y., Kohavi, R. and Walker, T. (2013), WSDM '13, 123-132, section 3: CUPED.
//     θ is pooled within the arms, as in an analysis of covariance: the effect itself then does not enter it.
//     The variance is theirs, (σ²_Y + θ²σ²_X - 2θσ_XY) / n, of each arm by itself.
//   Waudby-Smith, I., Arbour, D., Sinha, R., Kennedy, E. H. and Ramdas, A. (arXiv 2103.06476):
//     equation 9, with the standard error of a difference of two means.
//   Neumaier, A. (1974), Zeitschrift für Angewandte Mathematik und Mechanik 54, 39-51:
//     sums that do not depend on the order of what is added.
#include "measure/statistics/means.h"

#include <algorithm>
#include <cmath>

#include "measure/statistics/anytime.h"

namespace abm::measure {
namespace {

class Sum {
 public:
  void add(double value) noexcept {
    const double next = sum_ + value;
    lost_ += std::fabs(sum_) >= std::fabs(value) ? (sum_ - next) + value : (value - next) + sum_;
    sum_ = next;
  }
  [[nodiscard]] double value() const noexcept { return sum_ + lost_; }

 private:
  double sum_ = 0, lost_ = 0;
};

/// Within what kLargestAmount says.
double tamed(double value) noexcept {
  return std::isnan(value) ? 0 : std::clamp(value, -kLargestAmount, kLargestAmount);
}

double tamed_mean(std::span<const double> values) noexcept {
  Sum sum;
  for (const double value : values) sum.add(tamed(value));
  return sum.value() / static_cast<double>(values.size());
}

/// Sums of products about the means of an arm.
struct Spread {
  double n = 0, mean_y = 0, mean_x = 0, yy = 0, xx = 0, xy = 0;
};

Spread spread_of(std::span<const double> outcomes, std::span<const double> before) noexcept {
  Spread spread;
  spread.n = static_cast<double>(outcomes.size());
  spread.mean_y = tamed_mean(outcomes);
  spread.mean_x = tamed_mean(before);
  Sum yy, xx, xy;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const double y = tamed(outcomes[i]) - spread.mean_y, x = tamed(before[i]) - spread.mean_x;
    yy.add(y * y);
    xx.add(x * x);
    xy.add(x * y);
  }
  spread.yy = yy.value();
  spread.xx = xx.value();
  spread.xy = xy.value();
  return spread;
}

}  // namespace

Mean mean_of(std::span<const double> values) noexcept {
  Mean result;
  result.n = values.size();
  if (values.empty()) return result;
  result.mean = tamed_mean(values);
  Sum squares;
  for (const double value : values) {
    result.above_zero += tamed(value) > 0 ? 1 : 0;
    squares.add((tamed(value) - result.mean) * (tamed(value) - result.mean));
  }
  const auto n = static_cast<double>(result.n);
  if (result.n > 1) result.standard_error = std::sqrt(std::max(0.0, squares.value()) / (n - 1) / n);
  return result;
}

std::vector<double> winsorised(std::span<const double> values, double most) {
  std::vector<double> result;
  result.reserve(values.size());
  for (const double value : values) result.push_back(std::min(tamed(value), tamed(most)));
  return result;
}

std::optional<Adjusted> adjust_by_before(std::span<const double> treated,
                                         std::span<const double> treated_before,
                                         std::span<const double> control,
                                         std::span<const double> control_before) {
  if (treated.size() != treated_before.size() || control.size() != control_before.size()) return std::nullopt;
  if (treated.size() < 2 || control.size() < 2) return std::nullopt;
  const Spread a = spread_of(treated, treated_before), b = spread_of(control, control_before);
  const double xx = a.xx + b.xx, yy = a.yy + b.yy, xy = a.xy + b.xy;
  if (!(xx > 0)) return std::nullopt;
  Adjusted result;
  result.theta = xy / xx;
  result.correlation = yy > 0 ? std::clamp(xy / std::sqrt(xx) / std::sqrt(yy), -1.0, 1.0) : 0;
  result.estimate = (a.mean_y - result.theta * a.mean_x) - (b.mean_y - result.theta * b.mean_x);
  double variance = 0;
  for (const Spread& arm : {a, b}) {
    const double left = arm.yy + result.theta * result.theta * arm.xx - 2 * result.theta * arm.xy;
    variance += std::max(0.0, left) / (arm.n - 1) / arm.n;
  }
  const double error = std::sqrt(variance);
  result.interval = {result.estimate - kZ95 * error, result.estimate + kZ95 * error};
  if (error > 0) result.p = two_sided_p(result.estimate / error);
  return result;
}

Interval mean_difference_sequence(const Mean& treated, const Mean& control, uint64_t planned) noexcept {
  if (treated.n < 2 || control.n < 2) return {-kLargestAmount, kLargestAmount};
  const double estimate = treated.mean - control.mean;
  const double half = sequence_half_width(std::hypot(treated.standard_error, control.standard_error),
                                          static_cast<double>(treated.n + control.n),
                                          static_cast<double>(std::max<uint64_t>(planned, 1)), 0.05);
  return {estimate - half, estimate + half};
}

}  // namespace abm::measure
