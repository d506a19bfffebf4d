// An array that grows without moving: blocks of equal size in huge pages, so that even a full-size writer
// never holds it twice and rarely waits for memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "base/huge_pages.h"

namespace abm::accounts {

/// Append-only; T is trivially copyable; a block holds 2^kBits elements, a multiple of kHugePage bytes.
template <typename T, unsigned kBits>
class Blocks {
  static_assert(std::is_trivially_copyable_v<T> && (sizeof(T) << kBits) % kHugePage == 0);

 public:
  [[nodiscard]] size_t size() const noexcept { return size_; }
  [[nodiscard]] const T& operator[](size_t i) const noexcept { return blocks_[i >> kBits][i & kMask]; }
  [[nodiscard]] T& operator[](size_t i) noexcept { return blocks_[i >> kBits][i & kMask]; }

  void push_back(const T& value) {
    if ((size_ & kMask) == 0) blocks_.push_back(new_huge_block<T>(kBlock));
    blocks_.back()[size_ & kMask] = value;
    ++size_;
  }
  void append(const T* values, size_t count) {
    while (count > 0) {
      if ((size_ & kMask) == 0) blocks_.push_back(new_huge_block<T>(kBlock));
      const size_t fits = std::min(count, kBlock - (size_ & kMask));
      std::memcpy(blocks_.back().get() + (size_ & kMask), values, fits * sizeof(T));
      size_ += fits;
      values += fits;
      count -= fits;
    }
  }
  /// Whether the `count` elements from `first` have the bytes of `values`; first + count at most size().
  [[nodiscard]] bool equals(size_t first, const T* values, size_t count) const noexcept {
    while (count > 0) {
      const size_t fits = std::min(count, kBlock - (first & kMask));
      if (std::memcmp(&blocks_[first >> kBits][first & kMask], values, fits * sizeof(T)) != 0) return false;
      first += fits;
      values += fits;
      count -= fits;
    }
    return true;
  }
  /// Calls `use(pointer, count)` with the `count` elements from `first` in one piece, copied if they cross a
  /// block's end. `count` is at most a block.
  template <typename Use>
  auto with(size_t first, size_t count, Use use) const {
    const size_t here = std::min(count, kBlock - (first & kMask));
    if (here == count) return use(count == 0 ? nullptr : &(*this)[first], count);
    std::vector<T> copy(count);
    std::copy_n(&(*this)[first], here, copy.begin());
    std::copy_n(&(*this)[first + here], count - here, copy.begin() + static_cast<std::ptrdiff_t>(here));
    return use(static_cast<const T*>(copy.data()), count);
  }
  /// Appends all bytes to `out`, freeing each block once copied.
  void drain(std::string& out) {
    for (auto& block : blocks_) {
      const size_t count = std::min(size_, kBlock);
      out.append(reinterpret_cast<const char*>(block.get()), count * sizeof(T));
      size_ -= count;
      block.reset();
    }
    blocks_.clear();
  }

 private:
  static constexpr size_t kBlock = size_t{1} << kBits;
  static constexpr size_t kMask = kBlock - 1;
  std::vector<std::unique_ptr<T[], FreeMemory>> blocks_;
  size_t size_ = 0;
};

}  // namespace abm::accounts
