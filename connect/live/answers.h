// What answers of different systems have in common: statuses that mean "later", and errors as JSON, which are
// shown to people only after they have been cleaned.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "connect/live/api.h"

namespace abm::connect {

/// What a cell is at most, in bytes. Longer values are cut.
inline constexpr size_t kMaxCellBytes = 16u << 10;

/// For statuses that all systems use alike: 429 and 5xx are kLater, redirects kRefused. Otherwise nothing.
[[nodiscard]] std::optional<LiveAnswer> answer_of_status(const HttpReply& reply, std::string_view body);

/// "answers 403 (forbidden): 'REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded.'": the status, and what
/// the body says of it, on one line.
[[nodiscard]] std::string refusal(long status, std::string_view body);
/// The body's own code of the error: errorCode, category, error; "" if there is none.
[[nodiscard]] std::string error_code(std::string_view body);

/// `text` on one line, without control characters, at most `limit` bytes.
[[nodiscard]] std::string one_line(std::string_view text, size_t limit = 200);

/// A single value as text: numbers in full digits, null as "". False: an object or a list.
[[nodiscard]] bool text_of_value(const simdjson::dom::element& value, std::string& out);

/// "the answer is not of the documented form: WHAT".
[[nodiscard]] std::string not_documented(std::string_view what);

}  // namespace abm::connect
