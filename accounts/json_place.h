// Finds a key or value in a line that simdjson has accepted: positions for messages, off the fast path.
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

/// The path to a value: at each level the 0-based number of the member or element.
/// Empty means the whole text.
using JsonPath = std::span<const uint32_t>;

/// `text` must be valid JSON and contain the path; otherwise returns some span inside `text`.
[[nodiscard]] JsonSpan place_of_value(std::string_view text, JsonPath path) noexcept;
/// The key (with its quotes) of the member at the end of the path.
[[nodiscard]] JsonSpan place_of_key(std::string_view text, JsonPath path) noexcept;

}  // namespace abm::accounts
