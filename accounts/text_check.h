// What every text of an account must be: UTF-8 without control characters, at most 1 KiB.
#pragma once

#include <cstdint>
#include <string_view>

#include "accounts/account.h"

namespace abm::accounts {

enum class TextFault : uint8_t { kNone, kTooLong, kControl, kNotUtf8 };

/// The first fault of `text`. Control characters are U+0000..U+001F, U+007F and U+0080..U+009F (Unicode Cc):
/// they would split headers and log lines. Empty text has no fault.
[[nodiscard]] TextFault check_text(std::string_view text) noexcept;

/// The first character of `text` (valid UTF-8) that overrides, embeds or isolates direction: U+202A..U+202E,
/// U+2066..U+2069 (UAX #9, 2.1 to 2.5). What is shown after it would read backwards, a page's own text too.
/// The marks U+200E, U+200F and U+061C stay: names in Arabic and Hebrew need them, and they turn nothing
/// around. 0: none.
[[nodiscard]] char32_t direction_control(std::string_view text) noexcept;

}  // namespace abm::accounts
