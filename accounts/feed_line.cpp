// simdjson quickly decides whether a line is valid; json_fault finds the words when it is not.
#include "accounts/feed_line.h"

#include <algorithm>
#include <new>

#include <fmt/format.h>

#include "accounts/feed_block.h"
#include "accounts/json_fault.h"
#include "accounts/text_check.h"
#include "base/text.h"

namespace abm::accounts {
namespace {

using simdjson::dom::element_type;

constexpr size_t kFirstCapacity = 8 << 10;

static_assert(simdjson::SIMDJSON_PADDING <= kReadableBehindLine);

bool has_duplicates(std::vector<std::string_view>& keys) {
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

/// The id of a line that is not valid JSON as a whole, if the line begins with it.
std::string_view id_at_start(std::string_view line) {
  constexpr std::string_view kStart = R"({"id":")";
  if (line.substr(0, kStart.size()) != kStart) return {};
  const std::string_view id = line.substr(kStart.size(), line.find('"', kStart.size()) - kStart.size());
  return is_account_id(id) ? id : std::string_view();
}

/// Whether `value` has a key twice in one object, or text that is not UTF-8 (simdjson checks the line's
/// bytes; only an escape can still make a lone surrogate). The parser's depth limit bounds the recursion.
bool is_unsound(JsonElement value) {
  switch (value.type()) {
    case element_type::STRING:
      return !is_utf8(value.get_string().value_unsafe());
    case element_type::ARRAY: {
      const simdjson::dom::array list = value.get_array().value_unsafe();
      return std::any_of(list.begin(), list.end(), is_unsound);
    }
    case element_type::OBJECT: {
      const JsonObject object = value.get_object().value_unsafe();
      std::vector<std::string_view> keys;
      for (const auto& [key, member] : object) {
        if (!is_utf8(key) || is_unsound(member)) return true;
        keys.push_back(key);
      }
      return has_duplicates(keys);
    }
    default:
      return false;
  }
}

}  // namespace

LineParser::LineParser(unsigned max_depth, FeedReport& report) : max_depth_(max_depth), report_(report) {
  // Sets the depth, which later growth keeps. simdjson counts the document itself as a level, and must not
  // parse after a failed allocation.
  if (parser_.allocate(kFirstCapacity, size_t{max_depth} + 1) != simdjson::SUCCESS) throw std::bad_alloc();
}

void LineParser::report_fault(std::string_view line, std::string_view otherwise) {
  if (const auto fault = find_json_fault(line, max_depth_)) {
    report_.at(fault->offset, fault->message);
  } else {
    report_.at(0, otherwise);
  }
}

std::optional<JsonObject> LineParser::parse(std::string_view line) {
  JsonElement root;
  const bool copy = line.empty();
  if (const auto error = parser_.parse(line.data(), line.size(), copy).get(root)) {
    report_.name_account(id_at_start(line));
    report_fault(
        line, fmt::format("the line is not a JSON object: {}", ascii_lower(simdjson::error_message(error))));
    return std::nullopt;
  }
  JsonObject object;
  if (root.get(object) != simdjson::SUCCESS) {
    report_.at_value({},
                     fmt::format("'{}' is not an object, each line holds one in braces", report_.quoted({})));
    return std::nullopt;
  }
  return object;
}

bool LineParser::accept_unknown(std::string_view line, JsonElement value) {
  if (!is_unsound(value)) return true;
  report_fault(line, "a key is written twice or text is not UTF-8");
  return false;
}

bool LineParser::accept_unknown_keys(std::string_view line, std::vector<std::string_view>& keys) {
  const bool utf8 = std::all_of(keys.begin(), keys.end(), is_utf8);
  if (utf8 && !has_duplicates(keys)) return true;
  report_fault(line, "a key is written twice or is not UTF-8");
  return false;
}

std::string Label::text() const {
  return kind.empty() ? std::string(name) : fmt::format("{} '{}'", kind, excerpt(name));
}

bool read_text(JsonElement value, const Label& label, JsonPathTo path, FeedReport& report, std::string& out) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) {
    if (value.is_null()) {
      out.clear();
      return true;
    }
    report.at_value(path, fmt::format("{} must be a string, not '{}'", label.text(), report.quoted(path)));
    return false;
  }
  switch (check_text(text)) {
    case TextFault::kNone:
      if (const char32_t control = direction_control(text); control != 0) {
        // Not quoted: it would reverse the message.
        report.at_value(path, fmt::format("{} holds the direction control U+{:04X}, which reverses the text "
                                          "after it: remove it",
                                          label.text(), static_cast<uint32_t>(control)));
        return false;
      }
      out.assign(text);
      return true;
    case TextFault::kTooLong:
      report.at_value(path, fmt::format("{} has {} bytes, at most {} are allowed: '{}'", label.text(),
                                        text.size(), kMaxTextBytes, excerpt(text)));
      return false;
    case TextFault::kControl:
      report.at_value(path, fmt::format("{} holds a control character, remove it: {}", label.text(),
                                        report.quoted(path)));
      return false;
    case TextFault::kNotUtf8:
      report.at_value(
          path, fmt::format("{} holds half of a surrogate pair: {}", label.text(), report.quoted(path)));
      return false;
  }
  return false;
}

bool read_number(JsonElement value, const Label& label, JsonPathTo path, FeedReport& report,
                 std::optional<int64_t>& out) {
  const auto refuse = [&](std::string_view why) {
    report.at_value(path, fmt::format("{} {}, not '{}'", label.text(), why, report.quoted(path)));
    return false;
  };
  switch (value.type()) {
    case element_type::NULL_VALUE:
      return out.reset(), true;
    case element_type::INT64:
      if (value.get_int64().value_unsafe() < 0) return refuse("must be 0 or more");
      out = value.get_int64().value_unsafe();
      return true;
    case element_type::UINT64:
      return refuse("must be at most 9223372036854775807");
    case element_type::DOUBLE:
      return refuse("must be a whole number without point or exponent");
    case element_type::STRING:
      return refuse("must be a number without quotes");
    default:
      return refuse("must be a number");
  }
}

}  // namespace abm::accounts
