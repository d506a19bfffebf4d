// Cuts what a source gives into lines, in a window that stays in the processor's cache. Internal to the feed
// parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "accounts/feed_source.h"

namespace abm::accounts {

/// Bytes behind a line that may be read, whatever they are: JSON parsers look ahead.
inline constexpr size_t kReadableBehindLine = 64;

/// Lines without their LF or CRLF. Memory: the window, and twice the longest line that is not too long.
class FeedLines {
 public:
  FeedLines(FeedSource& source, size_t max_line_bytes);

  /// False at the end, and when the source fails: see error(). A last line without a newline counts, an empty
  /// one behind the last newline does not. `line` is valid until the next call; of one that is longer than
  /// allowed it is the beginning, and length() tells.
  bool next(std::string_view& line);

  [[nodiscard]] uint64_t number() const noexcept { return number_; }  ///< of the line last given, 1-based
  [[nodiscard]] size_t length() const noexcept { return length_; }    ///< of the line last given
  /// Bytes of the lines given so far, of what the source has in all.
  [[nodiscard]] uint64_t consumed() const noexcept { return read_ - (end_ - begin_); }
  [[nodiscard]] uint64_t size() const noexcept { return source_.size(); }
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }

 private:
  size_t refill();
  std::string_view cut_long_line();

  FeedSource& source_;
  size_t max_line_bytes_;
  std::vector<char> window_;
  size_t begin_ = 0, end_ = 0;  ///< what lies in the window and was not given yet
  uint64_t read_ = 0;
  uint64_t number_ = 0;
  size_t length_ = 0;
  std::optional<Error> error_;
};

}  // namespace abm::accounts
