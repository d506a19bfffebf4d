// site.yaml: the control plane's only configuration.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "accounts/account.h"
#include "base/confidence.h"
#include "base/diagnostic.h"
#include "generation/account_sources.h"
#include "generation/retention.h"
#include "generation/site_engagement.h"
#include "generation/site_outcomes.h"
#include "generation/site_pages.h"

namespace abm::generation {

struct AccountsInput {
  std::string from;  ///< URL or absolute path; "": `merge` has the sources
  AccountSources merge;
  accounts::InheritedSet inherit;  ///< what an account takes from its parent
  std::string verify_key;          ///< absolute path, "" if none
  int64_t every_seconds = 30;
  std::optional<uint32_t> max_shrink_percent;  ///< its own, or else the site's
  std::string proxy;                           ///< URL, "": from the environment (https_proxy, no_proxy)
  std::string ca;                              ///< absolute path of a PEM file, "": the system's authorities
  int64_t timeout_seconds = 20;                ///< a server silent for this long has stalled
  uint64_t max_bytes = 1ull << 30;             ///< of the feed, decompressed
};

/// `capacity:`: how many accounts of a tier people can serve.
struct TierCapacity {
  uint64_t most = 0;
  Position at;
};
using Capacity = std::array<std::optional<TierCapacity>, 4>;  ///< by accounts::Tier

/// One entry of `rules:` or `tests:`, as written.
struct FilePattern {
  std::string text;
  Position at;
};

struct NetworkInput {
  enum class Kind : uint8_t { kAsn, kMmdb, kCsv, kExclude, kAsNumbers };
  Kind kind = Kind::kCsv;
  std::string path;        ///< absolute
  std::string key, match;  ///< of kMmdb
  std::string confidence;  ///< a level, or a field path (kMmdb)
  Position at;
};

/// When the agent publishes rules; accounts and networks are always published when they change.
struct AgentInput {
  enum class Publish : uint8_t {
    kOnChange,  ///< when a file of the site changes
    kOnSignal,  ///< on SIGHUP
    kOnCommit,  ///< when `ref` moves: rules, fragments and tests are those of its commit
  };
  Publish publish = Publish::kOnChange;
  std::string ref;         ///< of kOnCommit: a branch, or the full name of a ref
  std::string repository;  ///< of kOnCommit: absolute path; "": the one that site.yaml is in
  std::optional<std::string>
      folder;                 ///< where in it site.yaml's folder is; none: where it is in the work tree
  int64_t look_seconds = 30;  ///< how often it looks for what no event tells
};

struct Site {
  std::string file;    ///< site.yaml as named
  std::string folder;  ///< absolute; relative paths are relative to it
  std::string data;    ///< absolute
  AccountsInput accounts;
  std::vector<NetworkInput> networks;
  std::vector<FilePattern> rules;
  std::vector<PageInput> pages;                   ///< sample pages
  std::optional<std::vector<FilePattern>> tests;  ///< std::nullopt: rules.test.yaml, if there is one
  std::string sign_key;                           ///< absolute path, "" if none
  std::string link_key;                           ///< the same: what abmctl link signs with
  std::optional<uint32_t> max_shrink_percent =
      50;  ///< of rules, fragments, tests, network files; none: no limit
  Retention keep;
  uint64_t max_as_addresses = 1u << 22;
  bool allow_special = false;  ///< private and other special-purpose networks may be an account's
  AgentInput agent;
  Capacity capacity;
  std::optional<EngagementInput> engagement;
  MovesInput moves;  ///< stages, tiers and plays; empty without `engagement`
  std::optional<OutcomesInput> outcomes;
  std::optional<PrimaryGoal> primary;
};

/// Strict: every key is checked, and all errors are reported at once, with their places.
[[nodiscard]] std::optional<Site> load_site(const std::string& path, Diagnostics& diagnostics);
/// The nearest site.yaml in `folder` or above it.
[[nodiscard]] std::optional<std::string> find_site(const std::string& folder);

}  // namespace abm::generation
