#include "rewrite/select/type_counts.h"

namespace abm::rewrite {

bool TypeCounts::start(MemorySource memory) noexcept {
  entries_ = get_array<Entry>(memory, kEntries);
  if (entries_ == nullptr) return false;
  for (size_t i = 1; i < kEntries; ++i) entries_[i].next = static_cast<uint16_t>((i + 1) % kEntries);
  free_ = 1;
  return true;
}

uint32_t TypeCounts::count(OpenElement& parent, NameKey key) noexcept {
  int seen = 0;
  for (uint16_t at = parent.types; at != 0; at = entries_[at].next, ++seen) {
    if (entries_[at].key == key) return ++entries_[at].count;
  }
  if (free_ == 0 || seen >= kMaxTypesPerParent) return 0;
  const uint16_t fresh = free_;
  free_ = entries_[fresh].next;
  entries_[fresh] = {key, 1, parent.types};
  parent.types = fresh;
  return 1;
}

void TypeCounts::drop(const OpenElement& element) noexcept {
  for (uint16_t at = element.types; at != 0;) {
    const uint16_t next = entries_[at].next;
    entries_[at].next = free_;
    free_ = at;
    at = next;
  }
}

}  // namespace abm::rewrite
