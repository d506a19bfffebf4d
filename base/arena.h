// Memory that is freed all at once: what tools render into where a worker uses the request's pool.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

#include "base/memory.h"

namespace abm {

/// Not thread-safe. Memory it gave is valid until clear() or destruction. Must not move
/// while a source is in use.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  [[nodiscard]] MemorySource source() noexcept {
    return {this, &Arena::allocate, [](void*, void*, size_t) noexcept {}};
  }
  void clear() noexcept { blocks_.clear(); }

 private:
  using Block = std::unique_ptr<std::max_align_t[]>;

  static void* allocate(void* context, size_t size) noexcept {
    // The library throws when out of memory; for a source that is an ordinary result.
    try {
      auto& blocks = static_cast<Arena*>(context)->blocks_;
      return blocks.emplace_back(new std::max_align_t[size / sizeof(std::max_align_t) + 1]).get();
    } catch (...) {
      return nullptr;
    }
  }
  std::vector<Block> blocks_;
};

}  // namespace abm
