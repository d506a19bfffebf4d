// One line of the feed as a JSON object, and the typed reading of its values. Internal to the feed parser.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "accounts/feed_report.h"

namespace abm::accounts {

using JsonElement = simdjson::dom::element;
using JsonObject = simdjson::dom::object;
using JsonPathTo = std::initializer_list<uint32_t>;

/// simdjson, as strict as the feed requires.
class LineParser {
 public:
  LineParser(unsigned max_depth, FeedReport& report);

  /// The object on `line`; std::nullopt after reporting why there is none. If `line` is not empty,
  /// kReadableBehindLine bytes after it must be readable. Valid until the next call.
  [[nodiscard]] std::optional<JsonObject> parse(std::string_view line);

  /// For a key that the format does not know: refuses what JSON itself would allow (a key written twice, lone
  /// surrogates) anywhere below it. `false` after reporting.
  [[nodiscard]] bool accept_unknown(std::string_view line, JsonElement value);
  /// The same for the line's own unknown keys, all at once: no duplicates, each must be UTF-8.
  [[nodiscard]] bool accept_unknown_keys(std::string_view line, std::vector<std::string_view>& keys);

 private:
  void report_fault(std::string_view line, std::string_view otherwise);
  simdjson::dom::parser parser_;
  unsigned max_depth_;
  FeedReport& report_;
};

/// What messages call a value: `name`, or `kind 'name'`. Costs nothing until shown.
struct Label {
  Label(std::string_view the_name) : name(the_name) {}  // NOLINT(google-explicit-constructor)
  Label(std::string_view the_kind, std::string_view the_name) : kind(the_kind), name(the_name) {}
  [[nodiscard]] std::string text() const;
  std::string_view kind;
  std::string_view name;
};

/// Text of `value` into `out`; null gives "". Reports and returns false for another type, control characters,
/// lone surrogates, or more than 1 KiB.
bool read_text(JsonElement value, const Label& label, JsonPathTo path, FeedReport& report, std::string& out);
/// A whole number from 0 to 2^63 - 1; null gives std::nullopt.
bool read_number(JsonElement value, const Label& label, JsonPathTo path, FeedReport& report,
                 std::optional<int64_t>& out);

}  // namespace abm::accounts
