// Reads a table that a spreadsheet program or a vendor exported, record by record: comma, semicolon or tab;
// quoted fields with line breaks; lines that end with LF, CRLF or CR. The file is never in memory as a whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/feed_source.h"
#include "base/diagnostic.h"
#include "connect/import/encoding.h"

namespace abm::connect {

struct TableLimits {
  size_t columns = 1024;
  size_t field_bytes = 1u << 20;   ///< in UTF-8
  size_t record_bytes = 4u << 20;  ///< in UTF-8
};

struct TableOptions {
  Encoding encoding = Encoding::kUtf8;
  std::optional<char> delimiter;  ///< none: found in the first records
  TableLimits limits;
};

/// What ended the reading early: the rest cannot be trusted.
struct TableFault {
  Position at;
  std::string message;
};

class TableReader {
 public:
  /// `source` is borrowed.
  TableReader(accounts::FeedSource& source, const TableOptions& options);

  /// The next record that is not blank; false at the end or after a fault. Fields are valid until the next
  /// call.
  [[nodiscard]] bool next();
  [[nodiscard]] const std::optional<TableFault>& fault() const noexcept { return fault_; }

  [[nodiscard]] size_t size() const noexcept { return cells_.size(); }
  [[nodiscard]] std::string_view operator[](size_t i) const noexcept {
    return i < cells_.size() ? cells_[i].text : std::string_view();
  }
  /// Where field `i` begins; beyond the last one, where the record ends.
  [[nodiscard]] Position position(size_t i) const noexcept;
  /// Whether a quote stood inside a quoted field of this record without being written twice.
  [[nodiscard]] bool loose_quotes() const noexcept { return loose_quotes_; }
  /// Whether the file ended right behind this record, without a line break.
  [[nodiscard]] bool ends_file() const noexcept { return ends_file_; }
  /// Whether an empty line, or one of nothing but separators, stands before this record.
  [[nodiscard]] bool after_blank() const noexcept { return after_blank_; }
  [[nodiscard]] char delimiter() const noexcept { return delimiter_; }
  [[nodiscard]] uint64_t bytes_read() const noexcept { return bytes_read_; }

 private:
  struct Cell {
    std::string_view text;
    size_t offset;      // in buffer_
    uint32_t line;      // physical line
    size_t line_start;  // offset of that line
  };
  enum class Parsed : uint8_t { kRecord, kUnfinished, kFault };

  bool fill();
  void choose_delimiter();
  Parsed parse(size_t from);
  Parsed field(size_t& at, uint32_t& line, size_t& line_start);
  Parsed quoted(size_t& at, uint32_t& line, size_t& line_start);
  Parsed refuse(Position at, std::string message);
  [[nodiscard]] Position place(size_t offset, uint32_t line, size_t line_start) const noexcept;
  [[nodiscard]] bool is_blank() const noexcept;

  accounts::FeedSource& source_;
  TableLimits limits_;
  TextDecoder decoder_;
  std::string buffer_, chunk_;
  size_t next_ = 0;  // where the next record begins
  uint32_t next_line_ = 1;
  size_t end_ = 0;  // of the present record, before its line break
  uint32_t end_line_ = 1;
  size_t end_line_start_ = 0;
  bool all_read_ = false;
  bool delimiter_known_ = false;
  char delimiter_ = ',';
  bool loose_quotes_ = false;
  bool ends_file_ = false;
  bool after_blank_ = false;
  uint64_t bytes_read_ = 0;
  std::vector<Cell> cells_;
  std::deque<std::string> unquoted_;
  /// Up to where columns of the last line that was asked for are counted, so that asking for each field in
  /// turn counts a line once.
  struct Counted {
    size_t line_start = SIZE_MAX, offset = 0;
    uint32_t points = 0;
  };
  mutable Counted counted_;
  std::optional<TableFault> fault_;
};

}  // namespace abm::connect
