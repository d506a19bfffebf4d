#include "measure/store/id_set.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace abm::measure {

/// Where the id is, or the free place for it. There is one: the set is never full.
size_t IdSet::place_of(const Hash128& id) const noexcept {
  const size_t mask = slots_.size() - 1;
  // Ids are random, but a line may claim any: they are mixed, so that chosen
  // ones do not pile up in one place.
  size_t at = hash64({reinterpret_cast<const char*>(&id), sizeof id}) & mask;
  while (slots_[at] != id && slots_[at] != Hash128{}) at = (at + 1) & mask;
  return at;
}

bool IdSet::insert(const Hash128& id) {
  if (id == Hash128{}) return !std::exchange(has_zero_, true);
  if (used_ * 3 >= slots_.size() * 2) grow();
  Hash128& slot = slots_[place_of(id)];
  if (slot == id) return false;
  slot = id;
  ++used_;
  return true;
}

bool IdSet::contains(const Hash128& id) const noexcept {
  if (id == Hash128{}) return has_zero_;
  return used_ > 0 && slots_[place_of(id)] == id;
}

void IdSet::grow() {
  std::vector<Hash128> old(std::max<size_t>(1024, slots_.size() * 2));
  old.swap(slots_);
  used_ = 0;
  for (const Hash128& id : old) {
    if (id != Hash128{}) insert(id);
  }
}

void IdSet::clear() noexcept {
  slots_ = {};
  used_ = 0;
  has_zero_ = false;
}

}  // namespace abm::measure
