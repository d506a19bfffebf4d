// Logs into the store, with counts of what they held.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "measure/store/visit_store.h"

namespace abm::measure {

/// Called now and then: bytes done and bytes in total (0: not known).
using LoadProgress = std::function<void(uint64_t done, uint64_t total)>;

/// Loads all `logs` ("-" is standard input; a log that is named twice is read once) in one transaction, and
/// replaces the list of accounts if there is one. A log that cannot be opened is an error, and then nothing
/// is loaded; damaged lines and broken gzip data are counted.
[[nodiscard]] Result<std::vector<SourceCounts>> load_logs(const std::vector<std::string>& logs,
                                                          VisitStore& store,
                                                          const std::vector<ListedAccount>* listed,
                                                          const LoadProgress& progress);

}  // namespace abm::measure
