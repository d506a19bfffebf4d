// The system's time zones (tzdata), up to the rule that a zone file ends with (RFC 9636 3.3), which holds for
// all years after its table: for decades to come in "fat" files, from today on in "slim" ones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace abm::rules {

/// What a local time is in a zone. Times in Unix seconds, offsets in seconds east of UTC.
struct LocalTime {
  enum class Kind : uint8_t { kUnique, kSkipped, kRepeated };
  Kind kind = Kind::kUnique;
  int64_t time = 0;  ///< kRepeated: the first; kSkipped: the instant at which the clocks skip it
  /// Of kSkipped and kRepeated: before and after the clocks change.
  int64_t offset_before = 0, offset_after = 0;
};

/// Whether the system has such a zone ("America/Chicago"). Names of any other form reach no file.
[[nodiscard]] bool is_time_zone(const std::string& name);

/// `local`: the local date and time as Unix seconds, as if it were UTC. std::nullopt: the zone cannot be
/// read.
[[nodiscard]] std::optional<LocalTime> local_time(const std::string& zone, int64_t local);

/// All zones of the system, sorted; none without a database.
[[nodiscard]] std::vector<std::string> time_zone_names();

}  // namespace abm::rules
