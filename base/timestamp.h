// RFC 3339 timestamps ("2026-11-22T03:33:20Z") to and from Unix seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace abm {

/// RFC 3339 5.6 `date-time`, years 0000..9999: an offset is required, 'T' and 'Z' in either case, a fraction
/// of a second is dropped, second 60 counts as second 0 of the next minute. std::nullopt for anything else.
[[nodiscard]] std::optional<int64_t> parse_rfc3339(std::string_view text) noexcept;

/// The same as people write it: the seconds may be left out ("2026-11-01T00:00-04:00").
[[nodiscard]] std::optional<int64_t> parse_written_time(std::string_view text) noexcept;

/// "2026-11-22T03:33:20Z"; `unix_seconds` outside years 0000..9999 is clamped.
[[nodiscard]] std::string format_rfc3339(int64_t unix_seconds);

}  // namespace abm
