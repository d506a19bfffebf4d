// A growing log, line by line, across rotation and truncation: what `tail -F` does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace abm::report {

/// Does not wait: next() says when there is nothing more for now. A log that was renamed is read to its end
/// before the new one of its name begins; one that became shorter begins anew; half a line waits for its end.
class Follower {
 public:
  explicit Follower(std::string path) : path_(std::move(path)) {}

  /// Leaves out what is there already.
  [[nodiscard]] Result<void> skip_to_end();
  /// False: nothing more for now (also: there is no such log yet). Lines over kMaxLineBytes are left out.
  [[nodiscard]] Result<bool> next(std::string_view& line);

 private:
  /// Opens what the path names now, where that is another file than the one in hand. True: it did.
  [[nodiscard]] Result<bool> open_named();
  /// True: there are more bytes.
  [[nodiscard]] Result<bool> read_more();

  std::string path_;
  Fd fd_;
  uint64_t device_ = 0, inode_ = 0;
  uint64_t offset_ = 0;
  std::string buffer_;
  size_t begin_ = 0;
  bool skipping_ = false;  ///< within a line that is too long
};

}  // namespace abm::report
