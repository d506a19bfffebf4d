// What a reader must know before the figures: why there are none, and what is not in them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "measure/report/report.h"
#include "measure/store/sqlite.h"

namespace abm::measure {

/// Sentences for the page, for JSON and for the terminal, without alarms (alarms_of). `latest_ms`: stored
/// visits after it, and those before kEarliestVisitMs, are in no figure. Needs the tables of roll_up();
/// `report` has its tables and goal_pages.
[[nodiscard]] Result<std::vector<std::string>> remarks_on(const Report& report, int64_t latest_ms,
                                                          Database& database);

/// What must be known before any figure is believed: above all else on the page, and before the remarks.
[[nodiscard]] std::vector<std::string> alarms_of(const Report& report);

/// About Plan::visit_rules; "" for none. Who meets such a rule is a consequence of visits, which other rules
/// may have caused; arms are not.
[[nodiscard]] std::string visit_rules_remark(const std::vector<std::string>& rules);

/// About a goal that nobody can have reached as it is written; "" for any other.
[[nodiscard]] std::string goal_remark(const GoalPages& goal);

}  // namespace abm::measure
