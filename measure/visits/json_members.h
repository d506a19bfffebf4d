// Members of a line's JSON object, read with their types. Internal to this folder: simdjson's header is long.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include <simdjson.h>

namespace abm::measure {

using JsonElement = simdjson::dom::element;

inline bool read_text(JsonElement value, std::string_view& out) noexcept {
  return value.get(out) == simdjson::SUCCESS;
}

/// "" for null.
inline bool read_text_or_null(JsonElement value, std::string_view& out) noexcept {
  out = {};
  return value.is_null() || read_text(value, out);
}

inline bool read_count(JsonElement value, int64_t& out) noexcept {
  return value.get(out) == simdjson::SUCCESS && out >= 0;
}

inline bool read_texts(JsonElement value, std::vector<std::string_view>& out) {
  simdjson::dom::array list;
  out.clear();
  if (value.get(list) != simdjson::SUCCESS) return false;
  for (const JsonElement item : list) {
    if (!read_text(item, out.emplace_back())) return false;
  }
  return true;
}

inline bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) noexcept {
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

inline bool read_tier(JsonElement value, std::string_view& out) noexcept {
  return read_text(value, out) && is_one_of(out, {"one-to-one", "one-to-few", "one-to-many", "untiered"});
}

/// "" for null: the account is excluded, or the feed had expired.
inline bool read_arm(JsonElement value, std::string_view& out) noexcept {
  return read_text_or_null(value, out) &&
         (value.is_null() || is_one_of(out, {"treated", "control", "holdout"}));
}

}  // namespace abm::measure
