// Builds a snapshot's two hash tables: open addressing, at most half full, bounded probes.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "accounts/snapshot_format.h"

namespace abm::accounts {

/// Slots of type `Slot` (a zeroed one is empty); the table has 2^`bits` of them.
template <typename Slot>
struct SlotTable {
  uint32_t bits = 0;
  std::vector<Slot> slots;
};

/// The table's size for `count` entries, unless too many collide.
[[nodiscard]] inline uint32_t slot_bits(size_t count) noexcept {
  return static_cast<uint32_t>(std::bit_width(std::max<size_t>(count * 2, 1) - 1));
}

/// Places up to `count` entries. `for_each(place)` calls `place(hash, entry)` for each, always in the same
/// order, and stops when it returns false. `merge(slot, entry)` is called for each occupied slot on the way;
/// it returns true if the entry belongs there and it has merged it. Doubles the table and starts again while
/// an entry would be more than kMaxProbe from the slot that its hash names; std::nullopt if three doublings
/// did not help, which takes texts crafted to collide.
template <typename Slot, typename ForEach, typename Merge>
[[nodiscard]] std::optional<SlotTable<Slot>> build_slot_table(size_t count, ForEach for_each, Merge merge) {
  const uint32_t smallest = slot_bits(count);
  for (uint32_t bits = smallest; bits <= std::min(smallest + 3, format::kMaxTableBits); ++bits) {
    SlotTable<Slot> table{bits, std::vector<Slot>(size_t{1} << bits)};
    const uint64_t mask = table.slots.size() - 1;
    const auto place = [&](uint64_t hash, const Slot& entry) {
      for (uint64_t probe = 0; probe <= format::kMaxProbe; ++probe) {
        Slot& slot = table.slots[(hash + probe) & mask];
        if (slot == Slot{}) {
          slot = entry;
          return true;
        }
        if (merge(slot, entry)) return true;
      }
      return false;
    };
    // A large table is not in the processor's cache: prefetch its slots some entries ahead.
    std::array<std::pair<uint64_t, Slot>, 16> ahead;
    size_t waiting = 0;
    bool fits = true;
    const auto place_waiting = [&] {
      for (size_t i = 0; i < waiting && fits; ++i) fits = place(ahead[i].first, ahead[i].second);
      waiting = 0;
      return fits;
    };
    for_each([&](uint64_t hash, const Slot& entry) {
      __builtin_prefetch(&table.slots[hash & mask]);
      ahead[waiting++] = {hash, entry};
      return waiting < ahead.size() || place_waiting();
    });
    if (place_waiting()) return table;
  }
  return std::nullopt;
}

}  // namespace abm::accounts
