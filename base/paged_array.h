// Zeroed memory in whole pages: reserving any size costs nothing, untouched pages take no memory, and touched
// ones can be freed piece by piece. For the tables of a worker, which must not block for a millisecond.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace abm {

/// A fixed number of zeroed T. Move-only.
template <typename T>
class PagedArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  PagedArray() = default;
  /// Throws std::bad_alloc, as a vector would.
  explicit PagedArray(size_t count) : count_(count), bytes_(count * sizeof(T)) {
    if (bytes_ == 0) return;
    void* memory =
        ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<T*>(memory);
  }
  PagedArray(PagedArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        count_(std::exchange(other.count_, 0)),
        bytes_(std::exchange(other.bytes_, 0)) {}
  PagedArray& operator=(PagedArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~PagedArray() {
    if (bytes_ != 0) ::munmap(data_, bytes_);
  }

  [[nodiscard]] size_t size() const noexcept { return count_; }
  [[nodiscard]] T& operator[](size_t i) noexcept { return data_[i]; }
  [[nodiscard]] const T& operator[](size_t i) const noexcept { return data_[i]; }

  /// Ends the array's use: frees about `most` bytes from its end. True: nothing is left.
  bool release(size_t most) noexcept {
    constexpr size_t kPage = 4096;
    const size_t keep = bytes_ > most ? (bytes_ - most) / kPage * kPage : 0;
    if (bytes_ > keep) ::munmap(reinterpret_cast<char*>(data_) + keep, bytes_ - keep);
    bytes_ = keep;
    count_ = keep / sizeof(T);
    return keep == 0;
  }

 private:
  T* data_ = nullptr;
  size_t count_ = 0;
  size_t bytes_ = 0;
};

}  // namespace abm
