// Visits of subsidiaries, counted for the companies above them, too (`engagement: { roll_up: true }`).
#pragma once

#include "measure/engagement/histories.h"
#include "measure/engagement/points.h"

namespace abm::measure {

/// Adds the days of each account to those of the accounts above it, as the list had them on that day, at most
/// accounts::kMaxLevels up. Nothing goes up from an account that the list lacks or excludes, nor where
/// parents go round in a circle. Fills in History::below, as of `today`. The histories must have
/// kParentField. Deterministic: a function of the histories.
void roll_up(Histories& histories, const Decay& decay, Day today);

}  // namespace abm::measure
