// The page's answer to "Is the experiment sound?".
#pragma once

#include <string>

#include "measure/report/report.h"

namespace abm::measure {

/// With the arms, held against the plan.
[[nodiscard]] std::string soundness_section(const Report& report);

}  // namespace abm::measure
