// Finds where a key or value stands in a line that simdjson has accepted: places for messages, off the fast
// path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace abm::accounts {

/// Bytes [begin, end) of a line.
struct JsonSpan {
  size_t begin = 0;
  size_t end = 0;
};

/// The way to a value: for each level the 0-based number of the member or element. Empty means the whole
/// text.
using JsonPath = std::span<const uint32_t>;

/// `text` must be valid JSON and the path must exist in it; otherwise some span inside `text`.
[[nodiscard]] JsonSpan place_of_value(std::string_view text, JsonPath path) noexcept;
/// The key (with its quotes) of the member that the path ends in.
[[nodiscard]] JsonSpan place_of_key(std::string_view text, JsonPath path) noexcept;

}  // namespace abm::accounts
