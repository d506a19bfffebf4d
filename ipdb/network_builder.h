// Accounts and network sources → one index file, decided by strength, then prefix length.
#pragma once

#include <optional>
#include <string>

#include "base/content_hash.h"
#include "base/diagnostic.h"
#include "base/result.h"
#include "ipdb/network_types.h"

namespace abm::ipdb {

struct NetworkIndex {
  std::string bytes;  ///< ipdb.mmdb; opens with Index::open
  NetworkReport report;
  ContentHash inputs;  ///< from hash_network_inputs
};

/// Builds the index. std::nullopt if `diagnostics` got an error: it then has every bad line of every source,
/// and nothing is built. Conflicts, the guard's findings and accounts missing from the feed are warnings. The
/// same inputs and options give the same bytes. Memory: the largest source, about 50 bytes per claimed
/// network and 8 per tree node; while reading a vendor's MMDB, also the validator's, one bit per byte of its
/// records and about 60 bytes per record that belongs to an account, for at most a million of those.
[[nodiscard]] std::optional<NetworkIndex> build_networks(const NetworkInputs& inputs,
                                                         const NetworkOptions& options,
                                                         Diagnostics& diagnostics);

/// Changes exactly when an input that can change the index does (not with
/// `build_epoch`): equal hash, no rebuild.
[[nodiscard]] Result<ContentHash> hash_network_inputs(const NetworkInputs& inputs,
                                                      const NetworkOptions& options);

}  // namespace abm::ipdb
