// The page's section about pipeline: did it create any?
#pragma once

#include <string>

#include "measure/outcomes/outcomes.h"

namespace abm::measure {

/// The answer to one question in a few sentences.
[[nodiscard]] std::string outcome_verdict_html(const Outcomes& outcomes, const QuestionResult& result);
/// `with_verdict`: of accounts that came; the page may have it at its top.
[[nodiscard]] std::string outcomes_section(const Outcomes& outcomes, bool with_verdict);

/// Its parts. Until when so many had an opportunity: curves, and a table.
[[nodiscard]] std::string time_html(const Outcomes& outcomes, const QuestionResult& result);
/// Deals themselves: description, with the sentence that says so.
[[nodiscard]] std::string deals_html(const Outcomes& outcomes, const QuestionResult& result);
/// Deals of named accounts against those of all others, and opportunities that are of no account.
[[nodiscard]] std::string strangers_html(const Outcomes& outcomes);

}  // namespace abm::measure
