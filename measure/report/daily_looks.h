// The comparisons of a report, as they may be looked at every day: where the conditions for that hold.
#pragma once

#include <cstdint>

#include "measure/report/report.h"

namespace abm::measure {

/// Fills Comparison::daily of every goal (site-wide, not by tier) and of every rule with a holdout, from the
/// tables goal_accounts and rule_accounts, and from sample_ratios. `known_until_ms`: the latest visit of the
/// period.
void look_daily(Report& report, int64_t known_until_ms);

}  // namespace abm::measure
