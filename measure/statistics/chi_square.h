// Whether counts are as planned: Pearson's chi-squared test (1900).
#pragma once

#include <cstdint>
#include <vector>

namespace abm::measure {

/// P(X >= x) of a chi-squared X with `degrees` >= 1 degrees of freedom; x >= 0.
[[nodiscard]] double chi_square_tail(double x, unsigned degrees) noexcept;

struct ShareOfPlan {
  uint64_t found = 0;
  double planned = 0;  ///< share of all, above 0; those of all groups add up to 1
};
struct Fit {
  double statistic = 0;
  double p = 1;
  double fewest_expected = 0;  ///< of any group; below 5 the test means little (Cochran 1954)
};
/// Found counts against planned shares, with one degree of freedom less than there are groups. Fewer than two
/// groups, or nothing found: p is 1.
[[nodiscard]] Fit fit_to_plan(const std::vector<ShareOfPlan>& groups) noexcept;

}  // namespace abm::measure
