// Visit logs as lines, one block after the other: plain or gzip (told by their first bytes, not by their
// names), files or standard input.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace abm::measure {

/// One log from its start to its end. Memory: two blocks and the longest line that is kept.
class LogReader {
 public:
  /// "-" is standard input.
  [[nodiscard]] static Result<LogReader> open(const std::string& path);
  /// An open file from byte `from` on, which is the start of a line of a plain log, or 0. `path`: for
  /// messages.
  [[nodiscard]] static Result<LogReader> of(Fd fd, const std::string& path, uint64_t from);

  struct Line {
    std::string_view text;       ///< without its newline; valid until the next call
    size_t readable_behind = 0;  ///< bytes after `text` that may be read
    bool too_long = false;       ///< longer than kMaxLineBytes: `text` is its beginning
    bool unfinished = false;     ///< the log ends before the line's newline
  };
  /// False at the end. An error is a failed read or broken gzip data; the lines before it were good.
  [[nodiscard]] Result<bool> next(Line& line);

  /// Of the file as it is on disk.
  [[nodiscard]] uint64_t bytes_read() const noexcept { return bytes_read_; }
  [[nodiscard]] uint64_t size() const noexcept { return size_; }  ///< 0: not known
  /// When the log was last written, in Unix milliseconds; 0: not known.
  [[nodiscard]] int64_t modified_ms() const noexcept { return modified_ms_; }
  [[nodiscard]] uint64_t line_number() const noexcept { return line_number_; }
  /// Bytes of the log, decompressed, after the newline of the last line: where a plain log is read on later.
  [[nodiscard]] uint64_t line_end() const noexcept { return line_end_; }
  /// After an error: it is the gzip data that is broken, and reading it again does not help.
  [[nodiscard]] bool is_damaged() const noexcept { return damaged_; }

 private:
  struct Inflate;
  struct End {
    void operator()(Inflate* inflate) const noexcept;
  };

  /// Reads more bytes after end_; false at the end.
  [[nodiscard]] Result<bool> fill();
  [[nodiscard]] Result<size_t> read_raw(char* to, size_t size);
  [[nodiscard]] Result<size_t> read_inflated(char* to, size_t size);
  void make_room();

  std::string path_;
  Fd fd_;
  std::unique_ptr<Inflate, End> inflate_;
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;
  size_t searched_ = 0;  ///< bytes from begin_ that hold no newline
  uint64_t bytes_read_ = 0, size_ = 0, line_number_ = 0, line_end_ = 0;
  int64_t modified_ms_ = 0;
  bool started_ = false, ended_ = false, skipping_ = false, damaged_ = false;
};

}  // namespace abm::measure
