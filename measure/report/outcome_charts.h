// Pictures of outcomes: from account to deal by arm, amounts with their intervals, time to an opportunity.
#pragma once

#include <string>

#include "measure/outcomes/outcomes.h"

namespace abm::measure {

// HTML, or "" where there is nothing to draw.
[[nodiscard]] std::string funnel_html(const QuestionResult& result);
[[nodiscard]] std::string amount_html(const Outcomes& outcomes, const QuestionResult& result);
/// Had an opportunity: the difference in each tier, then in each segment, that has enough accounts.
[[nodiscard]] std::string parts_chart(const QuestionResult& result);
[[nodiscard]] std::string time_chart(const Outcomes& outcomes, const QuestionResult& result);

}  // namespace abm::measure
