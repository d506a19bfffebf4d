// Our binary files are read in place, as arrays of records: fixed size, offsets instead of pointers,
// little-endian, the file's first byte 8-byte aligned in memory.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace abm {

static_assert(std::endian::native == std::endian::little, "the files are little-endian and read in place");

template <typename T>
concept StoredRecord = std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T> && alignof(T) <= 8;

/// Whether records may be read from there at all.
[[nodiscard]] inline bool is_record_aligned(const void* file) noexcept {
  return reinterpret_cast<uintptr_t>(file) % 8 == 0;
}

/// The array that begins `offset` bytes into the file. Checks nothing: `offset` is a multiple of alignof(T)
/// and lies in the file.
template <StoredRecord T>
[[nodiscard]] const T* records_at(const char* file, uint64_t offset) noexcept {
  return static_cast<const T*>(static_cast<const void*>(file + offset));
}
template <StoredRecord T>
[[nodiscard]] T* records_at(char* file, uint64_t offset) noexcept {
  return static_cast<T*>(static_cast<void*>(file + offset));
}

}  // namespace abm
