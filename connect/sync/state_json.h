// How states are written as JSON and read again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/json_writer.h"
#include "base/timestamp.h"
#include "connect/sync/attempts.h"
#include "connect/sync/state_file.h"

namespace abm::connect::state_json {

using Json = JsonWriter<std::string>;
using Object = simdjson::dom::object;

// Members that are missing or of another type are read as empty: an older program wrote the file, and the
// cost is at most one unconditional request.
inline std::string text_of(const Object& object, std::string_view key) {
  std::string_view value;
  return object[key].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
}
inline uint64_t number_of(const Object& object, std::string_view key) {
  uint64_t value = 0;
  return object[key].get(value) == simdjson::SUCCESS ? value : 0;
}
inline int64_t time_of(const Object& object, std::string_view key) {
  return parse_rfc3339(text_of(object, key)).value_or(0);
}

inline void put_time(Json& json, std::string_view key, int64_t time) {
  json.key(key);
  time == 0 ? json.null() : json.string(format_rfc3339(time));
}

inline void put_attempts(Json& json, const Attempts& attempts) {
  put_time(json, "tried_at", attempts.tried_at);
  put_time(json, "succeeded_at", attempts.succeeded_at);
  put_time(json, "failing_since", attempts.failing_since);
  json.key("failures").number(attempts.failures).key("fault");
  json.string_or_null(attempts.fault);
}

inline Attempts attempts_of(const Object& object) {
  return {.tried_at = time_of(object, "tried_at"),
          .succeeded_at = time_of(object, "succeeded_at"),
          .failing_since = time_of(object, "failing_since"),
          .failures = number_of(object, "failures"),
          .fault = text_of(object, "fault")};
}

/// Passes the state `name` of the format `format` to `read`.
template <typename State, typename Read>
Result<std::optional<State>> read_json(const std::string& data_dir, std::string_view name,
                                       std::string_view format, Read read) {
  auto text = read_state(data_dir, name);
  if (!text) return text.error();
  if (text->empty()) return std::optional<State>();
  simdjson::dom::parser parser;
  Object object;
  if (parser.parse(*text).get(object) != simdjson::SUCCESS || text_of(object, "abm") != format) {
    return Error{fmt::format("{}/{}/{}: not a state of the format {}", data_dir, kStateFolder, name, format)};
  }
  return std::optional<State>(read(object));
}

}  // namespace abm::connect::state_json
