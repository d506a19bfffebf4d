// Visit logs into the store: all files that the site's patterns name, each from where it was read last.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "measure/engagement/engagement_store.h"
#include "measure/engagement/fold_lines.h"

namespace abm::measure {

struct FoldOptions {
  std::string folder;                                           ///< that patterns are relative to: the site's
  std::vector<std::string> patterns;                            ///< of site.yaml's `engagement: visits:`
  std::function<void(std::string_view)> note;                   ///< takes remarks for people; never null
  std::function<void(uint64_t done, uint64_t total)> progress;  ///< bytes of the files that have new lines
  std::function<bool()> stop;  ///< asked between batches; what was read until then is kept
};

/// Reads what is new. A log that cannot be read is noted, and the others are read; an error is the store's.
/// Every batch of lines is committed together with its place.
[[nodiscard]] Result<FoldCounts> fold_logs(EngagementStore& store, const FoldOptions& options);

}  // namespace abm::measure
