// A set of offsets into one section of a file: one bit per byte, in memory that only grows where it is used.
#pragma once

#include <bit>
#include <cstdint>

#include "base/paged_array.h"

namespace abm::ipdb {

class OffsetSet {
 public:
  explicit OffsetSet(uint64_t section_bytes) : words_((section_bytes + 63) / 64) {}

  /// False if it was already in the set. `offset` must be within the section.
  bool add(uint64_t offset) noexcept {
    uint64_t& word = words_[offset / 64];
    const uint64_t bit = uint64_t{1} << (offset % 64);
    if ((word & bit) != 0) return false;
    word |= bit;
    return true;
  }
  [[nodiscard]] bool contains(uint64_t offset) const noexcept {
    return (words_[offset / 64] >> (offset % 64) & 1) != 0;
  }
  /// Finds the smallest member at or after `from`, looking at no more than `words` words of the set. Moves
  /// `from` to it, or to where to continue; false at the end of the set or of the words.
  [[nodiscard]] bool next(uint64_t& from, uint64_t& words) const noexcept {
    for (; words > 0 && from / 64 < words_.size(); --words) {
      const uint64_t rest = words_[from / 64] >> (from % 64);
      if (rest != 0) {
        from += static_cast<uint64_t>(std::countr_zero(rest));
        return true;
      }
      from = (from / 64 + 1) * 64;
    }
    return false;
  }
  [[nodiscard]] bool ends_before(uint64_t from) const noexcept { return from / 64 >= words_.size(); }
  bool release(size_t most) noexcept { return words_.release(most); }

 private:
  PagedArray<uint64_t> words_;
};

}  // namespace abm::ipdb
