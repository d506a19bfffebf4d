// Which line each account key was first seen on: finds a duplicate id at once, and two ids that share a key,
// which can be found by brute force in seconds. Internal to the parser.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace abm::accounts {

struct IdKey {
  uint64_t key = 0;    ///< hash64(id)
  uint32_t check = 0;  ///< another hash, so that the message can tell two ids with one key apart

  [[nodiscard]] static IdKey of(std::string_view id) noexcept {
    return {hash64(id), static_cast<uint32_t>(XXH3_64bits_withSeed(id.data(), id.size(), 1))};
  }
};

/// A set of 64-bit keys, each with a line number; open addressing, at most half full.
class KeyLines {
 public:
  KeyLines() : slots_(kFirstSlots) {}

  struct First {
    uint64_t line = 0;     ///< where the key was first seen; 0: it is new
    bool same_id = false;  ///< false: another id has that key
  };

  /// Records the key for `line` (not 0) unless it already has one. `expected` is the caller's guess of the
  /// final count: growing once avoids filling every size in between.
  First note(const IdKey& id, uint64_t line, size_t expected) {
    Slot& slot = find(slots_, id.key);
    if (slot.line != 0) return {slot.line, slot.check == id.check};
    slot = {id.key, static_cast<uint32_t>(std::min<uint64_t>(line, UINT32_MAX)), id.check};
    if (++used_ * 2 > slots_.size()) grow(std::max(expected, used_));
    return {};
  }

  /// Prefetches the memory that note() needs: a million keys do not stay in the processor's cache.
  void prefetch(uint64_t key) const noexcept { __builtin_prefetch(&slots_[key & (slots_.size() - 1)]); }

 private:
  struct Slot {
    uint64_t key = 0;
    uint32_t line = 0;  // 0 = empty
    uint32_t check = 0;
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
