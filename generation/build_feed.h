// The account feed → snapshot bytes, and what the index builder needs from the accounts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "accounts/feed.h"
#include "base/content_hash.h"
#include "base/diagnostic.h"
#include "base/result.h"
#include "generation/account_changes.h"
#include "generation/progress.h"
#include "ipdb/network_builder.h"

namespace abm::generation {

struct FeedProducts {
  accounts::FeedSummary summary;
  ContentHash hash;                ///< of the feed's bytes
  std::string snapshot;            ///< accounts.bin
  ipdb::NetworkAccounts networks;  ///< of every account: a CSV may name any of them
};

struct FeedFile {
  std::string path;                         ///< "": no feed, a snapshot without accounts
  std::string name;                         ///< as messages call it
  std::string verify_key;                   ///< minisign public key file, "" for none
  accounts::InheritedSet inherit;           ///< what accounts take from their parents, before `changes`
  const AccountChanges* changes = nullptr;  ///< made in each account before it is written; nullptr: none
};

inline constexpr std::string_view kSignatureSuffix = ".minisig";
inline constexpr size_t kMaxSignatureBytes = 4096;

/// Whether `signature` (the text of a .minisig file) of these bytes was made by the key. The error
/// ends with the key's file.
[[nodiscard]] Result<void> check_signature(std::string_view bytes, std::string_view signature,
                                           const std::string& verify_key);

/// One pass over the feed, once its signature has been verified; two where accounts inherit.
[[nodiscard]] std::optional<FeedProducts> build_feed(const FeedFile& feed, const Progress& progress,
                                                     Diagnostics& diagnostics);

}  // namespace abm::generation
