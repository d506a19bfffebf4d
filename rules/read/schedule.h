// Times as marketers write them, as Unix seconds: with an offset, or local to the site's `timezone:`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace abm::rules {

/// "" if the system's zone database knows `name` ("America/Chicago"); otherwise a text that completes
/// "timezone 'NAME' …", with the nearest name.
[[nodiscard]] std::string timezone_fault(const std::string& name);

/// RFC 3339 `2026-11-01T09:00:00+01:00`, or without an offset (`2026-11-01T09:00:00`, `2026-11-01T09:00`, or
/// `2026-11-01` for its first instant) in `timezone`. A local time that the clocks skip or repeat is refused:
/// the error lists the offsets to choose from. `timezone` is known to the database, or empty for none. The
/// error completes "'from' …".
[[nodiscard]] Result<int64_t> read_time(std::string_view text, const std::string& timezone);

}  // namespace abm::rules
