// One share, watched as often as one likes: an interval that holds at all times at once, and evidence against
// a planned share. Pure functions; sources in proportion_sequence.cpp.
#pragma once

#include <cstdint>

#include "measure/statistics/proportions.h"

namespace abm::measure {

/// A sum of independent steps of mean 0 and (at most) Gaussian tails stays within ± this at all times at
/// once, with probability 1 - alpha, where `v` is the sum of their variances so far: narrowest near v =
/// `planned_v`, for intervals of 95 %. v at least 0, planned_v above 0, 0 < alpha < 1.
[[nodiscard]] double normal_mixture_bound(double v, double planned_v, double alpha) noexcept;

/// Evidence (e-value) against "each account is a hit with the chance `chance`, by a lot of its own", 0 to
/// 1e300. If that is so, it ever reaches c with probability 1/c at most, however often one looks, provided
/// that the order of accounts does not depend on their lots. 0 < chance < 1. `planned`: accounts for which it
/// is most sensitive, fixed beforehand, at least 1.
[[nodiscard]] double evidence_against(double chance, const Share& share, uint64_t planned) noexcept;

/// Chances that `share` does not speak against: 1 - alpha at all times at once. A chance is outside exactly
/// when evidence_against() it is above 1 / alpha. For no accounts: 0 to 1.
[[nodiscard]] Interval share_sequence(const Share& share, uint64_t planned, double alpha = 0.05) noexcept;

}  // namespace abm::measure
