// Outcomes for programs: JSON, and a table for CSV.
#pragma once

#include <string>

#include "base/json_writer.h"
#include "measure/outcomes/outcomes.h"
#include "measure/report/tables.h"

namespace abm::measure {

/// One object.
void write_outcomes(JsonWriter<std::string>& json, const Outcomes& outcomes);

/// One row for each outcome of each question, of all accounts, a tier or a segment. Named "outcomes".
[[nodiscard]] Table outcomes_table(const Outcomes& outcomes);

}  // namespace abm::measure
