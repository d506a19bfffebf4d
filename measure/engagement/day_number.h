// Days as engagement counts them: whole UTC days since 1970-01-01.
#pragma once

#include <cstdint>
#include <string>

#include "base/timestamp.h"

namespace abm::measure {

using Day = int32_t;

/// Of a moment in Unix milliseconds or seconds that is not before 1970.
[[nodiscard]] constexpr Day day_of_ms(int64_t ms) noexcept {
  return static_cast<Day>(ms / 86'400'000);
}
[[nodiscard]] constexpr Day day_of_seconds(int64_t seconds) noexcept {
  return static_cast<Day>(seconds / 86'400);
}
/// "2026-11-29"
[[nodiscard]] inline std::string to_string(Day day) {
  return format_rfc3339(int64_t{day} * 86'400).substr(0, 10);
}

}  // namespace abm::measure
