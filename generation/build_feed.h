// The account feed → snapshot bytes and what the index builder needs of the accounts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "accounts/feed.h"
#include "base/diagnostic.h"
#include "base/hash.h"
#include "generation/build.h"
#include "ipdb/network_builder.h"

namespace abm::generation {

struct FeedProducts {
  accounts::FeedSummary summary;
  Hash128 hash;                                ///< of the feed's bytes
  std::string snapshot;                        ///< accounts.bin
  std::vector<ipdb::NetworkAccount> networks;  ///< of every account: a CSV may name any
};

/// One pass over the feed. `path` "" gives a snapshot without accounts. `name` is how messages call the file.
[[nodiscard]] std::optional<FeedProducts> build_feed(const std::string& path, const std::string& name,
                                                     const Progress& progress, Diagnostics& diagnostics);

}  // namespace abm::generation
