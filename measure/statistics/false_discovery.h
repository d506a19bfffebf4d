// Several tests at once: how many of those that fire may be wrong.
#pragma once

#include <vector>

namespace abm::measure {

/// p values adjusted for being several, in the same order: of those at or below q, a share of q is expected
/// to be false alarms at most (Benjamini, Y. and Hochberg, Y. (1995), Journal of the Royal Statistical
/// Society B 57, 289-300), if the tests are independent or positively dependent (Benjamini and Yekutieli
/// 2001).
[[nodiscard]] std::vector<double> benjamini_hochberg(const std::vector<double>& p);

/// The same for e-values, however they depend on one another: the smallest level at which the procedure of
/// Wang, R. and Ramdas, A. (2022), Journal of the Royal Statistical Society B 84, 822-852, section 4,
/// discovers each. It discovers the k largest where the k-th is at least m / (k q), for the largest such k of
/// m. Values are 0 or more and those of one moment, not the largest that there ever were: the mean of an
/// e-value is 1 at most, that of its largest is not. NaN counts as 0.
[[nodiscard]] std::vector<double> e_benjamini_hochberg(const std::vector<double>& evidence);

}  // namespace abm::measure
