// What the kinds of lines of the visit log share: members of bounded size, written into a fixed buffer.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/json_writer.h"

namespace abm::module {

/// No line is longer, in bytes.
inline constexpr size_t kMaxLogLine = 8192;

// Escaped bytes that members may take.
inline constexpr size_t kMaxLogHost = 255, kMaxLogPath = 1024, kMaxLogText = 256;

/// One line in the making: valid JSON and UTF-8, whatever its members are made of.
struct LogLine {
  FixedBuffer& buffer;
  JsonWriter<FixedBuffer> json;
  bool cut = false;  ///< something did not fit

  /// As much of `value` as fits into `limit` escaped bytes.
  void text(std::string_view key, std::string_view value, size_t limit) {
    size_t kept = 0;
    size_t escaped_total = 0;
    while (kept < value.size()) {
      char escaped[8];
      size_t escaped_size = 0;
      const size_t taken = escape_json_point(value.substr(kept), escaped, escaped_size);
      if (escaped_total + escaped_size > limit) {
        cut = true;
        break;
      }
      escaped_total += escaped_size;
      kept += taken;
    }
    json.key(key).string(value.substr(0, kept));
  }
  void text_or_null(std::string_view key, std::string_view value, size_t limit) {
    if (value.empty()) {
      json.key(key).null();
    } else {
      text(key, value, limit);
    }
  }

  /// Runs `write`; takes back what it wrote if the line is then longer than `end`. True: it stayed.
  template <typename Write>
  bool try_within(size_t end, Write&& write) {
    const size_t size = buffer.size();
    const bool comma = json.needs_comma();
    write();
    if (!buffer.overflowed() && buffer.size() <= end) return true;
    buffer.rewind(size);
    json.set_needs_comma(comma);
    cut = true;
    return false;
  }
};

}  // namespace abm::module
