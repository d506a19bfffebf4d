// A feed that arrives in pieces, for tests and fuzz targets.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "accounts/feed_source.h"

namespace abm::connect {

/// Hands out a text in pieces of `piece` bytes.
class Pieces final : public accounts::FeedSource {
 public:
  Pieces(std::string_view bytes, size_t piece) : left_(bytes), piece_(piece) {}
  Result<size_t> read(char* to, size_t size) override {
    const size_t count = std::min({size, piece_, left_.size()});
    std::copy_n(left_.data(), count, to);
    left_.remove_prefix(count);
    return count;
  }
  [[nodiscard]] uint64_t size() const noexcept override { return left_.size(); }

 private:
  std::string_view left_;
  size_t piece_;
};

}  // namespace abm::connect
