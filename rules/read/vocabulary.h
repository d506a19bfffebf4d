// What the feed knows, to warn of values that no account has.
#pragma once

#include <string>
#include <vector>

#include "accounts/snapshot.h"

namespace abm::rules {

/// All vectors sorted, lower case.
struct Vocabulary {
  std::vector<std::string> accounts, segments, industries, countries, regions, stages, plays, owners,
      attribute_names;
};

/// Every value that an account of `snapshot` has, each once. Linear in the snapshot.
[[nodiscard]] Vocabulary collect_vocabulary(const accounts::Snapshot& snapshot);

}  // namespace abm::rules
