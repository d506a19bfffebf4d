// Builds the two hash tables of a snapshot: open addressing, at most half full, probes bounded.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "accounts/snapshot_format.h"

namespace abm::accounts {

/// Slots of `Slot` (a zeroed one is empty); `bits` is the table's size as a power of two.
template <typename Slot>
struct SlotTable {
  uint32_t bits = 0;
  std::vector<Slot> slots;
};

/// Places up to `count` entries. `for_each(place)` calls `place(hash, entry)` for each of them, in one order,
/// and stops when it returns false; `merge(slot, entry)` is asked at each occupied slot on the way whether
/// the entry belongs to it, and is then done with it. Doubles the table and starts again while an entry would
/// stand further than kMaxProbe from the slot that its hash names; std::nullopt when three doublings did not
/// help, which only texts that were made to collide can bring about.
template <typename Slot, typename ForEach, typename Merge>
[[nodiscard]] std::optional<SlotTable<Slot>> build_slot_table(size_t count, ForEach for_each, Merge merge) {
  const auto smallest = static_cast<uint32_t>(std::bit_width(std::max<size_t>(count * 2, 1) - 1));
  for (uint32_t bits = smallest; bits <= std::min(smallest + 3, format::kMaxTableBits); ++bits) {
    SlotTable<Slot> table{bits, std::vector<Slot>(size_t{1} << bits)};
    const uint64_t mask = table.slots.size() - 1;
    bool fits = true;
    for_each([&](uint64_t hash, const Slot& entry) {
      for (uint64_t probe = 0; probe <= format::kMaxProbe; ++probe) {
        Slot& slot = table.slots[(hash + probe) & mask];
        if (slot == Slot{}) return slot = entry, true;
        if (merge(slot, entry)) return true;
      }
      return fits = false;
    });
    if (fits) return table;
  }
  return std::nullopt;
}

}  // namespace abm::accounts
