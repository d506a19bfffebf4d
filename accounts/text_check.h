// What every text of an account must be: UTF-8 without control characters, at most 1 KiB (design §4).
#pragma once

#include <cstdint>
#include <string_view>

#include "accounts/account.h"

namespace abm::accounts {

enum class TextFault : uint8_t { kNone, kTooLong, kControl, kNotUtf8 };

/// The first fault of `text`. Control characters are U+0000..U+001F, U+007F and U+0080..U+009F (Unicode Cc):
/// they would split headers and log lines. Empty text has no fault.
[[nodiscard]] TextFault check_text(std::string_view text) noexcept;

}  // namespace abm::accounts
