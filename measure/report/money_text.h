// Amounts of money as people read them.
#pragma once

#include <string>
#include <string_view>

#include "measure/statistics/proportions.h"

namespace abm::measure {

/// "EUR 12,300", "EUR -4.20": with cents below 100. `currency` "": the number alone.
[[nodiscard]] std::string money_text(std::string_view currency, double amount);
/// "EUR -120 to 900".
[[nodiscard]] std::string money_range(std::string_view currency, const Interval& interval);

}  // namespace abm::measure
