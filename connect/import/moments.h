// Dates and times of exports as moments. Whether a date's day or month comes first is decided for a whole
// column.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "connect/import/values.h"

namespace abm::connect {

struct MomentCell {
  /// Unix milliseconds; a day is its first moment in UTC. Of "3/4/2026" as if the day came first. Absent: the
  /// cell is empty, or there is a fault.
  std::optional<int64_t> ms;
  std::optional<int64_t> month_first;     ///< the other one, if the cell may be either
  DateOrder order = DateOrder::kUnknown;  ///< that this cell gives away: "30/11/2026"
  bool day_only = false;                  ///< no time of day
  bool zoneless = false;                  ///< a time of day without its offset, taken as UTC
  std::string fault;                      ///< "is not a date"
};

/// ISO 8601 with or without time and offset ("2026-11-22T03:33:20.000+0000"), Unix milliseconds and seconds,
/// and all that read_date_cell() knows, with a time of day behind it, of an offset or of
/// a zone by its name ("EST", "CEST"). One that is not known is a fault: it may be anywhere.
[[nodiscard]] MomentCell read_moment_cell(std::string_view text, DateOrder order);

}  // namespace abm::connect
