// Positions and wording of feed errors.
#include "accounts/feed_report.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "accounts/json_fault.h"
#include "base/text.h"

namespace abm::accounts {
namespace {

/// A longer line is not shown under its message: nobody reads it, and 20 of them would be 80 MB.
constexpr size_t kMaxShownLine = 64 << 10;

uint32_t saturated(uint64_t value) noexcept {
  return static_cast<uint32_t>(std::min<uint64_t>(value, std::numeric_limits<uint32_t>::max()));
}

uint32_t column_of(std::string_view line, size_t offset) noexcept {
  uint64_t column = 1;
  for (size_t i = 0; i < std::min(offset, line.size());) {
    i += decode_utf8(line.substr(i)).length;
    ++column;
  }
  return saturated(column);
}

}  // namespace

void FeedReport::at(size_t offset, std::string_view message) {
  ++errors_;
  if (errors_ > kMaxErrors) return;
  std::string text = account_.empty() ? std::string() : fmt::format("account '{}': ", account_);
  text += fmt::format("{} (the feed is refused)", message);
  Diagnostic& finding = findings_.emplace_back();
  finding.file = file_;
  finding.at = {saturated(number_), column_of(line_, offset)};
  finding.message = std::move(text);
  if (line_.size() <= kMaxShownLine) finding.source_line = repaired_utf8(line_);
}

void FeedReport::at_value(std::initializer_list<uint32_t> path, std::string_view message) {
  at(place_of_value(line_, {path.begin(), path.size()}).begin, message);
}

void FeedReport::at_key(std::initializer_list<uint32_t> path, std::string_view message) {
  at(place_of_key(line_, {path.begin(), path.size()}).begin, message);
}

std::string FeedReport::quoted(std::initializer_list<uint32_t> path) const {
  const JsonSpan span = place_of_value(line_, {path.begin(), path.size()});
  return excerpt(line_.substr(span.begin, span.end - span.begin));
}

}  // namespace abm::accounts
