// The page's section about goals: did it work?
#pragma once

#include <string>

#include "measure/report/report.h"

namespace abm::measure {

/// The answer in a sentence or two, as HTML.
[[nodiscard]] std::string verdict_html(const GoalResult& goal);
/// False for a goal that matches no page: there is nothing to compare then.
[[nodiscard]] bool can_be_reached(const Report& report, const GoalResult& goal) noexcept;
[[nodiscard]] std::string goals_section(const Report& report);

}  // namespace abm::measure
