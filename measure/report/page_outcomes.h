// The page's section about pipeline: did it create any?
#pragma once

#include <string>

#include "measure/outcomes/outcomes.h"

namespace abm::measure {

[[nodiscard]] std::string outcomes_section(const Outcomes& outcomes);

/// Its parts. Deals themselves: description, with the sentence that says so.
[[nodiscard]] std::string deals_html(const Outcomes& outcomes, const QuestionResult& result);
/// Deals of named accounts against those of all others, and opportunities that are of no account.
[[nodiscard]] std::string strangers_html(const Outcomes& outcomes);

}  // namespace abm::measure
