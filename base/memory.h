// Where request-path objects get memory: nginx's pool in the module, malloc in tools and
// tests. Failure is ordinary.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <type_traits>

namespace abm {

/// `allocate` returns storage aligned for any scalar, or nullptr; `release` takes back what it returned (a
/// pool may ignore it). Neither throws. The source outlives everything allocated from it.
struct MemorySource {
  void* context = nullptr;
  void* (*allocate)(void* context, size_t size) noexcept = nullptr;
  void (*release)(void* context, void* memory, size_t size) noexcept = nullptr;

  [[nodiscard]] void* get(size_t size) const noexcept { return allocate(context, size); }
  void put(void* memory, size_t size) const noexcept { release(context, memory, size); }

  /// malloc and free.
  [[nodiscard]] static MemorySource heap() noexcept {
    return {nullptr, [](void*, size_t size) noexcept { return std::malloc(size); },
            [](void*, void* memory, size_t) noexcept { std::free(memory); }};
  }
};

/// Gives an array of `count` back to its source.
struct PutBack {
  MemorySource source;
  size_t count = 0;

  template <typename T>
  void operator()(T* array) const noexcept {
    source.put(array, count * sizeof(T));
  }
};
template <typename T>
using SourceArray = std::unique_ptr<T[], PutBack>;

/// `count` objects without a value; nullptr when there is no memory.
template <typename T>
[[nodiscard]] SourceArray<T> get_array(MemorySource source, size_t count) noexcept {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
  return {static_cast<T*>(source.get(count * sizeof(T))), PutBack{source, count}};
}

}  // namespace abm
