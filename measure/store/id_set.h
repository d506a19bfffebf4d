// Request ids: every line, or every visit, is looked up, so this is a set in memory, not an index in the
// database.
#pragma once

#include <cstddef>
#include <vector>

#include "base/hash.h"

namespace abm::measure {

/// Open addressing: 16 bytes per slot, between a third and two thirds full.
class IdSet {
 public:
  /// False: it was there already.
  bool insert(const Hash128& id);
  [[nodiscard]] bool contains(const Hash128& id) const noexcept;
  void clear() noexcept;

 private:
  [[nodiscard]] size_t place_of(const Hash128& id) const noexcept;
  void grow();
  std::vector<Hash128> slots_;  ///< all zero: free
  size_t used_ = 0;
  bool has_zero_ = false;
};

}  // namespace abm::measure
