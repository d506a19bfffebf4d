// Reads CSV (RFC 4180, one record per line) without copying, keeping the position of each field for error
// messages. Takes what spreadsheet programs save: UTF-8 or UTF-16, with or without a byte order mark, lines
// that end with LF, CRLF or CR.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"

namespace abm::ipdb {

/// Skips blank lines, lines that start with '#', and a byte order mark. Fields may be quoted, with doubled
/// quotes inside; blanks and invisible characters around a field are ignored, and an invisible character
/// inside one is named wherever the field has a finding. A faulty line is reported and skipped.
class CsvReader {
 public:
  struct Limits {
    size_t max_line_bytes = 4096;
    uint64_t max_lines = 16'000'000;
  };
  static constexpr size_t kMaxErrors = 100;  ///< per file; reading stops there

  /// `bytes` and `diagnostics` outlive the reader.
  CsvReader(std::string_view bytes, std::string file, const Limits& limits, Diagnostics& diagnostics);

  /// The next record; false at the end or after kMaxErrors. Fields are valid until the next call.
  [[nodiscard]] bool next();
  [[nodiscard]] size_t size() const noexcept { return fields_.size(); }
  [[nodiscard]] std::string_view operator[](size_t i) const noexcept { return fields_[i].text; }
  [[nodiscard]] uint32_t line() const noexcept { return line_; }
  /// Bytes of the file, for progress.
  [[nodiscard]] size_t consumed() const noexcept {
    return decoded_.empty() ? next_ : std::min(2 * next_, file_bytes_);
  }

  /// A finding at field `i` of this record.
  void error(size_t i, std::string message);
  void warning(size_t i, std::string message);

 private:
  struct FieldAt {
    std::string_view text;
    size_t offset;  // in the line
  };
  [[nodiscard]] std::string_view take_line();
  bool split();
  void skip_blanks(size_t& at) const noexcept;
  bool quoted(size_t& at);
  [[nodiscard]] std::string with_note(size_t i, std::string message) const;
  void error_at(size_t offset, std::string message);
  [[nodiscard]] Position position(size_t offset) const;

  std::string decoded_;  // the file, if it was UTF-16
  size_t file_bytes_;
  std::string_view bytes_;  // UTF-8
  std::string file_;
  Limits limits_;
  Diagnostics& diagnostics_;
  size_t next_ = 0;
  size_t newline_ = 0;  // the first at or after next_ when last looked for; the size if there is none
  uint32_t line_ = 0;
  size_t errors_ = 0;
  std::string_view text_;  // the current line
  std::vector<FieldAt> fields_;
  std::deque<std::string> unquoted_;  // fields that contained doubled quotes
};

}  // namespace abm::ipdb
