// What the feed knows, used to warn about values that no account has.
#pragma once

#include <string>
#include <vector>

#include "accounts/snapshot.h"

namespace abm::rules {

/// All vectors sorted, folded (base/folding.h).
struct Vocabulary {
  std::vector<std::string> accounts, segments, industries, countries, regions, stages, plays, owners,
      attribute_names;
};

/// Every value that accounts of `snapshot` have, without duplicates. Takes time linear in the snapshot.
[[nodiscard]] Vocabulary collect_vocabulary(const accounts::Snapshot& snapshot);

}  // namespace abm::rules
