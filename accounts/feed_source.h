// Where a feed's bytes come from, a piece at a time: a feed is never in memory as a whole for its own sake.
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
  /// Writes up to `size` bytes to `to`; 0 at the end only.
  [[nodiscard]] virtual Result<size_t> read(char* to, size_t size) = 0;
  /// Of all there is; estimates and progress go by it.
  [[nodiscard]] virtual uint64_t size() const noexcept = 0;
};

/// A feed that is in memory, borrowed.
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
