// What tells lines and people apart in a database: request ids and the day's visitor hashes as numbers.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/hash.h"

namespace abm::measure {

/// The 16 bytes of a request id of 32 hex digits, else its XXH3-128; of an empty one, that of `line`.
[[nodiscard]] Hash128 request_key(std::string_view request_id, std::string_view line) noexcept;

/// 64 bits of the day's keyed hash: enough to tell the people of a day apart.
[[nodiscard]] int64_t visitor_number(std::string_view visitor) noexcept;

}  // namespace abm::measure
