// What of an account's stage, tier and play is another one than before, which way that is, and why.
#pragma once

#include <string>
#include <vector>

#include "generation/site_engagement.h"
#include "measure/engagement/moves.h"
#include "measure/review/model.h"

namespace abm::measure {

/// `before`: nullptr if it was not on the list; then only what has been moved counts. `account` of each is
/// left for the caller.
[[nodiscard]] std::vector<ReviewShift> shifts_of(const Standing& now, const Standing* before,
                                                 const generation::MovesInput& moves, Day today);

/// What the account list itself says, whatever was moved. Valid as long as `standing`.
[[nodiscard]] const std::string& list_stage(const Standing& standing);
[[nodiscard]] accounts::Tier list_tier(const Standing& standing);

}  // namespace abm::measure
