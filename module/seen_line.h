// The visit log's line of kind "seen": slots that were in view for a second, as a beacon told
// (visit.schema.json).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "module/beacon.h"
#include "module/log_line.h"

namespace abm::module {

/// What the beacon's request is known by; "" means null where the schema has null.
struct SeenFacts {
  std::string_view ts;  ///< RFC 3339, UTC, milliseconds
  std::string_view host, account, tier, visitor, arm;
  uint64_t generation = 0;
  std::optional<std::string_view> robot;  ///< robot_sign()
};

/// Writes the line, without a newline. False: it did not fit, and what stands in `line` is of no use; no
/// beacon is that long if the line's buffer has kMaxLogLine bytes.
[[nodiscard]] bool write_seen_line(LogLine& line, const Beacon& beacon, const SeenFacts& facts) noexcept;

}  // namespace abm::module
