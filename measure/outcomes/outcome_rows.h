// Opportunities and accounts as tables of the database, for queries (outcomes.sql says what they mean).
#pragma once

#include "base/result.h"
#include "measure/outcomes/outcomes.h"
#include "measure/store/sqlite.h"

namespace abm::measure {

/// Makes the tables; `outcomes` nullptr: empty ones.
[[nodiscard]] Result<void> write_outcome_rows(Database& database, const Outcomes* outcomes);

}  // namespace abm::measure
