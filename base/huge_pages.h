// Large memory that is filled from end to end: with pages of 2 MiB, the first touch of each costs one fault
// instead of 512. For control-plane work only: clearing such a page takes longer than a worker may block.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace abm {

inline constexpr size_t kHugePage = size_t{2} << 20;

/// Asks for huge pages wherever a whole one fits. Has no effect if the kernel has none
/// or was told to use none.
inline void prefer_huge_pages(void* memory, size_t bytes) noexcept {
  const auto from = (reinterpret_cast<uintptr_t>(memory) + kHugePage - 1) & ~uintptr_t{kHugePage - 1};
  const auto to = (reinterpret_cast<uintptr_t>(memory) + bytes) & ~uintptr_t{kHugePage - 1};
  if (from < to) ::madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE);
}

/// Makes the kernel clear the memory now, from end to beginning, rather than on the first touch of each page:
/// for a second thread, alongside the one that fills it from the beginning. Changes no bytes; does nothing on
/// kernels before 5.14.
inline void populate_from_end([[maybe_unused]] void* memory, [[maybe_unused]] size_t bytes) noexcept {
#ifdef MADV_POPULATE_WRITE
  const auto begin = (reinterpret_cast<uintptr_t>(memory) + kHugePage - 1) & ~uintptr_t{kHugePage - 1};
  auto at = (reinterpret_cast<uintptr_t>(memory) + bytes) & ~uintptr_t{kHugePage - 1};
  for (; at > begin; at -= kHugePage) {
    if (::madvise(reinterpret_cast<void*>(at - kHugePage), kHugePage, MADV_POPULATE_WRITE) != 0) return;
  }
#endif
}

struct FreeMemory {
  void operator()(void* memory) const noexcept { std::free(memory); }
};
/// Uninitialized, in huge pages; `count` elements must be a multiple of kHugePage bytes.
template <typename T>
[[nodiscard]] std::unique_ptr<T[], FreeMemory> new_huge_block(size_t count) {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
  void* const memory = std::aligned_alloc(kHugePage, count * sizeof(T));
  if (memory == nullptr) throw std::bad_alloc();
  prefer_huge_pages(memory, count * sizeof(T));
  return std::unique_ptr<T[], FreeMemory>(static_cast<T*>(memory));
}

}  // namespace abm
