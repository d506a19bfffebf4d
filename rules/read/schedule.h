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

/// RFC 3339 `2026-11-01T09:00:00+01:00` (seconds may be left out), or without an offset
/// (`2026-11-01T09:00:00`, `2026-11-01T09:00`) in `timezone`; or a date, `2026-11-01`, for the instant at
/// which the clocks of `timezone` first show it or a later one: midnight, or, where the clocks skip that, the
/// moment when they do. A local time that the clocks skip, or one or a midnight that they show twice, is
/// refused: the error says what to write. `timezone` is known to the database, or empty for none. The error
/// completes "'from' …".
[[nodiscard]] Result<int64_t> read_time(std::string_view text, const std::string& timezone);

}  // namespace abm::rules
