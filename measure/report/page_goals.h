// The page's section about goals: did it work?
#pragma once

#include <string>

#include "measure/report/report.h"

namespace abm::measure {

/// The answer in a sentence or two, as HTML.
[[nodiscard]] std::string verdict_html(const GoalResult& goal);
[[nodiscard]] std::string goals_section(const Report& report);

}  // namespace abm::measure
