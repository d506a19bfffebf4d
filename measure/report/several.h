// Several comparisons at once: which one was meant, and what the others are worth.
#pragma once

#include <cstddef>

#include "measure/outcomes/family.h"
#include "measure/report/report.h"

namespace abm::measure {

/// All p by Benjamini and Hochberg, all evidence by Wang and Ramdas (false_discovery.h).
void adjust(const Family& family);

/// The declared goal is the primary one, or that named first, unless an outcome is declared. All other
/// comparisons with a p (other goals, site-wide, and every rule against its holdout, at every goal) get
/// Comparison::adjusted_p, and DailyLook::adjusted_p where they have a daily look, as one family together
/// with `others`.
void adjust_for_several(Report& report, Family others = {});

/// How many comparisons of goals and rules are in that family.
[[nodiscard]] size_t adjusted_count(const Report& report) noexcept;

}  // namespace abm::measure
