// Control groups and holdouts that can never be compared with anything, because the feed has too few accounts
// for them (ABM022).
#pragma once

#include "base/diagnostic.h"
#include "rules/lint/feed_match.h"
#include "rules/lint/lint_input.h"

namespace abm::rules {

/// One warning for the site's control group, and one for each rule with a holdout. `feed` is that of the
/// input's options. False if there were too many accounts and rules to look at all.
[[nodiscard]] bool lint_small_groups(const LintInput& input, FeedMatch& feed, Diagnostics& diagnostics);

}  // namespace abm::rules
