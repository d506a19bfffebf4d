// The account feed → snapshot bytes and what the index builder needs of the accounts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "accounts/feed.h"
#include "base/content_hash.h"
#include "base/diagnostic.h"
#include "base/result.h"
#include "generation/build.h"
#include "ipdb/network_builder.h"

namespace abm::generation {

struct FeedProducts {
  accounts::FeedSummary summary;
  ContentHash hash;                ///< of the feed's bytes
  std::string snapshot;            ///< accounts.bin
  ipdb::NetworkAccounts networks;  ///< of every account: a CSV may name any
};

struct FeedFile {
  std::string path;        ///< "": no feed, a snapshot without accounts
  std::string name;        ///< how messages call it
  std::string verify_key;  ///< minisign public key file, "" for none
};

inline constexpr std::string_view kSignatureSuffix = ".minisig";
inline constexpr size_t kMaxSignatureBytes = 4096;

/// Whether `signature` (the text of a .minisig file) of these bytes is the key's. The error ends with the
/// file of the key.
[[nodiscard]] Result<void> check_signature(std::string_view bytes, std::string_view signature,
                                           const std::string& verify_key);

/// One pass over the feed, once its signature is found good.
[[nodiscard]] std::optional<FeedProducts> build_feed(const FeedFile& feed, const Progress& progress,
                                                     Diagnostics& diagnostics);

}  // namespace abm::generation
