// Visits of a period, counted: the temporary tables that queries read (rollup.sql says what they mean).
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "base/result.h"
#include "measure/store/sqlite.h"

namespace abm::measure {

/// Unix milliseconds; from `from_ms` until just before `to_ms`.
struct Period {
  int64_t from_ms = 0;
  int64_t to_ms = std::numeric_limits<int64_t>::max();
};

struct RollupOptions {
  Period period;
  std::vector<std::string> goals;  ///< path globs, as in rules
};

/// Rebuilds `period`, `goal`, `goal_page`, the tables of rollup.sql and what assigned.sql makes. Memory:
/// about 60 bytes per row of these, 24 per person and day, and 48 per page that a browser told of. A goal
/// that is not a glob is an error.
[[nodiscard]] Result<void> roll_up(Database& database, const RollupOptions& options,
                                   const std::function<void(uint64_t done, uint64_t total)>& progress);

}  // namespace abm::measure
