// Cuts a source's bytes into blocks of lines, each small enough for a processor's cache.
// Internal to the feed parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "accounts/feed_block.h"
#include "accounts/feed_source.h"

namespace abm::accounts {

class FeedLines {
 public:
  static constexpr size_t kBlockBytes = 16u << 10;

  /// A block is what the previous block left over plus `block_bytes`, or a multiple of that if its first line
  /// needs it. Memory: up to twice the longest line that is not too long.
  FeedLines(FeedSource& source, size_t max_line_bytes, size_t block_bytes = kBlockBytes);

  /// The next lines, at least one; replaces what `block` held but keeps its memory. False at the end,
  /// and when the source fails: see error(). A last line without a newline counts, an empty one after
  /// the last newline does not.
  bool next(FeedBlock& block);

  [[nodiscard]] uint64_t size() const noexcept { return source_.size(); }
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }

 private:
  size_t make_room(std::vector<char>& text, size_t there) const;
  size_t read(char* to, size_t size);
  void add_line(FeedBlock& block, size_t begin, size_t size);
  void cut_long_line(FeedBlock& block, size_t end);

  FeedSource& source_;
  size_t max_line_bytes_;
  size_t block_bytes_;
  std::vector<char> rest_;  ///< read past the last block: the beginning of a line
  uint64_t read_ = 0;
  uint64_t number_ = 0;  ///< of the last line returned
  bool ended_ = false;
  std::optional<Error> error_;
};

}  // namespace abm::accounts
