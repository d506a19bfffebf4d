// Finds where and why a line of JSON is wrong, in words: the slow path behind simdjson,
// which only says that it is.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace abm::accounts {

struct JsonFault {
  size_t offset = 0;    ///< bytes from the start of the text
  std::string message;  ///< lower case, input quoted
};

/// The first place where `text` is not one JSON value (RFC 8259) that we accept. Besides the grammar, this
/// refuses invalid UTF-8, lone surrogate escapes, a key written twice in one object, numbers beyond 64 bits
/// or double, and nesting deeper than `max_depth` (the outermost object or list is depth 1). std::nullopt if
/// there is none. `max_depth` bounds the recursion; time is n log n for the keys of one object.
[[nodiscard]] std::optional<JsonFault> find_json_fault(std::string_view text, unsigned max_depth);

/// `text` for a message: at most 64 code points, invalid UTF-8 shown as U+FFFD, "…" where cut.
[[nodiscard]] std::string excerpt(std::string_view text);
/// `text` with each byte that is not UTF-8 replaced by U+FFFD, so that columns and carets agree.
[[nodiscard]] std::string repaired_utf8(std::string_view text);

}  // namespace abm::accounts
