// Where a feed's bytes come from, piece by piece: a feed need never be in memory as a whole.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/result.h"

namespace abm::accounts {

class FeedSource {
 public:
  virtual ~FeedSource() = default;
  /// Writes up to `size` bytes to `to`; returns 0 only at the end.
  [[nodiscard]] virtual Result<size_t> read(char* to, size_t size) = 0;
  /// Total bytes; used for estimates and progress.
  [[nodiscard]] virtual uint64_t size() const noexcept = 0;
};

/// A feed in memory, borrowed.
class FeedText final : public FeedSource {
 public:
  explicit FeedText(std::string_view bytes) noexcept : left_(bytes), size_(bytes.size()) {}

  Result<size_t> read(char* to, size_t size) override {
    const size_t count = std::min(size, left_.size());
    if (count != 0) std::memcpy(to, left_.data(), count);
    left_.remove_prefix(count);
    return count;
  }
  [[nodiscard]] uint64_t size() const noexcept override { return size_; }

 private:
  std::string_view left_;
  uint64_t size_;
};

}  // namespace abm::accounts
