// Several tests at once: how many of those that fire may be wrong.
#pragma once

#include <vector>

namespace abm::measure {

/// p values adjusted for being several, in the same order: of those at or below q, a share of q is expected
/// to be false alarms at most (Benjamini, Y. and Hochberg, Y. (1995), Journal of the Royal Statistical
/// Society B 57, 289-300), if the tests are independent or positively dependent (Benjamini and Yekutieli
/// 2001).
[[nodiscard]] std::vector<double> benjamini_hochberg(const std::vector<double>& p);

}  // namespace abm::measure
