// Names of accounts, paths and sets of signals that no visit names any more, deleted from the store.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "measure/engagement/engagement_store.h"

namespace abm::measure {

struct UnusedNames {
  uint64_t count = 0;  ///< were deleted
  bool all = false;    ///< else visits were added meanwhile: to be tried again
};

/// Reads all visits, with nobody waiting for it, then deletes names in bounded transactions. A number is
/// never given to another name: the last row of a table stays, without its name.
[[nodiscard]] Result<UnusedNames> drop_unused_names(EngagementStore& store);

}  // namespace abm::measure
