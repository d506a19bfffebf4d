// Several comparisons at once: which one was meant, and what the others are worth.
#pragma once

#include <cstddef>

#include "measure/report/report.h"

namespace abm::measure {

/// The goal that was named first is the primary one. All other comparisons with a p (other goals, site-wide,
/// and every rule against its holdout, at every goal) get Comparison::adjusted_p, as one family of tests.
void adjust_for_several(Report& report);

/// How many comparisons are in that family.
[[nodiscard]] size_t adjusted_count(const Report& report) noexcept;

}  // namespace abm::measure
