// How many children of each type an element has so far, for :nth-of-type: lists in a pool of fixed size.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/memory.h"
#include "rewrite/tree/open_elements.h"

namespace abm::rewrite {

class TypeCounts {
 public:
  /// False: no memory.
  [[nodiscard]] bool start(MemorySource memory) noexcept;

  /// Counts a child of that name and returns its index among its kind, from 1; 0 where the pool is used up or
  /// the list is too long, after which no index can be relied on.
  [[nodiscard]] uint32_t count(OpenElement& parent, NameKey key) noexcept;
  /// The element has left the stack: its list returns to the pool.
  void drop(const OpenElement& element) noexcept;

 private:
  struct Entry {
    NameKey key;
    uint32_t count;
    uint16_t next;  // 0 ends a list
  };
  static constexpr size_t kEntries = 1024;
  static constexpr int kMaxTypesPerParent = 64;

  SourceArray<Entry> entries_;
  uint16_t free_ = 0;
};

}  // namespace abm::rewrite
