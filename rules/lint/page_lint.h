// Slots on sample pages: which elements they match, and whether the page's framework keeps their edits.
#pragma once

#include <vector>

#include "rules/lint/lint_input.h"
#include "rules/sample_page.h"

namespace abm::rules {

/// One review for each of LoadOptions::pages, in their order. Warns of edits that a framework reverts or
/// breaks over (ABM019, ABM020), and of slots that no page has on which a rule may apply (ABM021).
[[nodiscard]] std::vector<PageReview> lint_pages(const LintInput& input, Diagnostics& diagnostics);

}  // namespace abm::rules
