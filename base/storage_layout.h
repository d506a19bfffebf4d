// Arrays of several types in one block of memory: where each lies, and how large the block is.
#pragma once

#include <cstddef>
#include <span>

namespace abm {

/// An array's place in the block.
template <typename T>
struct StoragePart {
  size_t offset = 0;
  size_t count = 0;

  [[nodiscard]] std::span<T> in(void* block) const noexcept {
    return {static_cast<T*>(static_cast<void*>(static_cast<char*>(block) + offset)), count};
  }
};

/// Each add() places an array behind those before it. The block must be aligned for all of their types.
class StorageLayout {
 public:
  template <typename T>
  [[nodiscard]] constexpr StoragePart<T> add(size_t count) noexcept {
    const size_t offset = (size_ + alignof(T) - 1) / alignof(T) * alignof(T);
    size_ = offset + count * sizeof(T);
    return {offset, count};
  }
  [[nodiscard]] constexpr size_t size() const noexcept { return size_; }

 private:
  size_t size_ = 0;
};

}  // namespace abm
