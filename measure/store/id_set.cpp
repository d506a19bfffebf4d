#include "measure/store/id_set.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace abm::measure {

bool IdSet::insert(const Hash128& id) {
  if (id == Hash128{}) return !std::exchange(has_zero_, true);
  if (used_ * 3 >= slots_.size() * 2) grow();
  const size_t mask = slots_.size() - 1;
  // Ids are random, but a line may claim any: they are mixed, so that chosen
  // ones do not pile up in one place.
  for (size_t at = hash64({reinterpret_cast<const char*>(&id), sizeof id});; ++at) {
    Hash128& slot = slots_[at & mask];
    if (slot == id) return false;
    if (slot != Hash128{}) continue;
    slot = id;
    ++used_;
    return true;
  }
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
