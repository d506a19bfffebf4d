// Findings about conditions on what visits made of an account: `visited` that no account can pass (ABM004),
// and paths that nobody knows (ABM023).
#pragma once

#include "rules/lint/lint_input.h"

namespace abm::rules {

/// Where sample pages are known; their paths and the pages that the feed's accounts visited count as known.
void lint_visits(const LintInput& input, Diagnostics& diagnostics);

}  // namespace abm::rules
