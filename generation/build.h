// All inputs of a site → the three files of a generation, in memory, checked by
// opening them as a worker would.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "generation/account_changes.h"
#include "generation/generation.h"
#include "generation/progress.h"
#include "generation/read_files.h"
#include "generation/recognition.h"
#include "generation/site.h"
#include "ipdb/network_builder.h"

namespace abm::generation {

/// What a build reads. An empty path leaves that part out (no networks: an index that identifies nobody; no
/// feed: no accounts).
struct BuildInputs {
  std::string feed;        ///< path of the account feed's local copy
  std::string feed_name;   ///< what messages call it; "": its path
  std::string verify_key;  ///< minisign public key file: FEED.minisig must be its signature; "": unsigned
  accounts::InheritedSet inherit;                 ///< what accounts take from their parents, before `changes`
  std::shared_ptr<const AccountChanges> changes;  ///< of the feed's accounts; nullptr: none
  rules::VisitMoves later;  ///< what visits may make of any account, where `changes` are not known
  std::vector<NetworkInput> networks;
  std::string folder;  ///< what paths in `rules` and network names are relative to; "": the working directory
  std::vector<std::string> rules;  ///< files; rules.bin uses these names, wherever abmctl runs
  NamedCounts patterns;            ///< what `rules` come from, for the manifest
  std::vector<PageInput> pages;    ///< sample pages that the rules are checked against
  std::string site_file;           ///< where those and `capacity` are named
  bool by_script = false;          ///< on those pages, nginx delivers edits by script (abm_delivery)
  uint64_t max_as_addresses = 1u << 22;
  ipdb::SpecialNetworks special = ipdb::SpecialNetworks::kRefused;
  bool checks_list = false;  ///< warn of what check_list() finds
  Capacity capacity;
  std::vector<PointsInput::Named> signal_points;  ///< `points: signal:NAME` of `engagement:`
  MovesInput moves;                               ///< whose conditions are held against the list
  bool expects_networks = true;  ///< a feed whose accounts no address can identify is warned of
};

/// Where the local copy of a site's feed is: `from` itself, or for a URL, where `abmctl sync` puts it.
[[nodiscard]] std::string feed_copy(const Site& site);
/// The inputs that a site names. Errors (a pattern that matches no file, a feed never synced) go to
/// `diagnostics`. `patterns_before`: see rules_files(). Rules can be left out where a generation's are used.
[[nodiscard]] BuildInputs inputs_of(const Site& site, Diagnostics& diagnostics,
                                    const NamedCounts* patterns_before = nullptr, bool with_rules = true);

/// What Recogniser wants to know of `inputs`.
[[nodiscard]] RecognitionSources recognition_sources(const BuildInputs& inputs);

struct BuildOptions {
  int64_t now = 0;                       ///< Unix seconds; 0: the system clock
  const Generation* previous = nullptr;  ///< the index is reused if its inputs did not change
  const Generation* serving = nullptr;   ///< whose list the new one is compared with; nullptr: `previous`
  /// The rules of this generation are used as they are; `rules` of the inputs are not read.
  const Generation* rules_of = nullptr;
  bool keep_accounts = false;  ///< for Recogniser: Artifacts::accounts
  bool refuse_expired = true;  ///< a feed whose `expires_at` has passed is an error
  Progress progress;
};

struct Artifacts {
  Manifest manifest;  ///< number and created_at are filled in by publish
  std::array<std::string, kParts> bytes;
  std::shared_ptr<const Generation> generation;  ///< the same, opened; number 0
  ReadFiles files;                               ///< that the rules were compiled from
  std::vector<std::string> silenced;             ///< codes that rules files silence, each once, ascending
  std::vector<std::string> report;               ///< what was mapped or left out, and why; for people
  std::vector<rules::PageReview> pages;          ///< what was found on the sample pages
  ipdb::NetworkAccounts accounts;                ///< if asked for, and the index was not reused
  std::optional<ipdb::NetworkReport> networks;  ///< the same for programs; std::nullopt: the index was reused
};

/// Everything, or std::nullopt with all errors of all inputs in `diagnostics`. Warnings do not fail it.
[[nodiscard]] std::optional<Artifacts> build(const BuildInputs& inputs, const BuildOptions& options,
                                             Diagnostics& diagnostics);

}  // namespace abm::generation
