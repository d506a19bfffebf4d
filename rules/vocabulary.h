// What the feed knows, gathered from a snapshot for LoadOptions::vocabulary.
#pragma once

#include "accounts/snapshot.h"
#include "rules/load.h"

namespace abm::rules {

/// Every value that an account of `snapshot` has, each once. Linear in the snapshot.
[[nodiscard]] Vocabulary collect_vocabulary(const accounts::Snapshot& snapshot);

}  // namespace abm::rules
