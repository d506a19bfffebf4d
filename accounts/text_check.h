// What every text of an account must be: UTF-8 without control characters, at most 1 KiB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace abm::accounts {

inline constexpr size_t kMaxTextBytes = 1024;

enum class TextFault : uint8_t { kNone, kTooLong, kControl, kNotUtf8 };

/// The first fault in `text`. Control characters are U+0000..U+001F, U+007F and U+0080..U+009F (Unicode Cc):
/// they would split headers and log lines. Empty text has no fault.
[[nodiscard]] TextFault check_text(std::string_view text) noexcept;

/// The first character of `text` (valid UTF-8) that overrides, embeds or isolates direction:
/// U+202A..U+202E, U+2066..U+2069 (UAX #9, 2.1 to 2.5). Text shown after it would read backwards, even the
/// page's own. The marks U+200E, U+200F and U+061C are allowed: Arabic and Hebrew names need them, and they
/// reverse nothing. 0: none.
[[nodiscard]] char32_t direction_control(std::string_view text) noexcept;

}  // namespace abm::accounts
