// Which line each account key was first seen on: how the parser finds a duplicate id at once. Internal to the
// parser.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace abm::accounts {

/// A set of 64-bit keys with a line number each, open addressing, at most half full.
class KeyLines {
 public:
  KeyLines() : slots_(kFirstSlots) {}

  /// The line that `key` is already on, or 0 after noting it for `line` (not 0). `expected` is the caller's
  /// guess of how many there will be: growing in one step saves filling every size between.
  uint64_t note(uint64_t key, uint64_t line, size_t expected) {
    Slot& slot = find(slots_, key);
    if (slot.line != 0) return slot.line;
    slot = {key, line};
    if (++used_ * 2 > slots_.size()) grow(std::max(expected, used_));
    return 0;
  }

  /// Asks for the memory that note() will need: a million keys do not stay in the processor's cache.
  void prefetch(uint64_t key) const noexcept { __builtin_prefetch(&slots_[key & (slots_.size() - 1)]); }

 private:
  struct Slot {
    uint64_t key = 0;
    uint64_t line = 0;  // 0 = empty
  };
  static constexpr size_t kFirstSlots = 1024;

  static Slot& find(std::vector<Slot>& slots, uint64_t key) noexcept {
    const size_t mask = slots.size() - 1;
    size_t at = key & mask;
    while (slots[at].line != 0 && slots[at].key != key) at = (at + 1) & mask;
    return slots[at];
  }
  void grow(size_t expected) {
    std::vector<Slot> larger(std::bit_ceil(expected * 2 + 1));
    for (const Slot& slot : slots_) {
      if (slot.line != 0) find(larger, slot.key) = slot;
    }
    slots_.swap(larger);
  }

  std::vector<Slot> slots_;
  size_t used_ = 0;
};

}  // namespace abm::accounts
