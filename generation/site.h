// site.yaml: the control plane's only configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/confidence.h"
#include "base/diagnostic.h"

namespace abm::generation {

struct AccountsInput {
  std::string from;        ///< URL or absolute path
  std::string verify_key;  ///< absolute path, "" when none
  int64_t every_seconds = 30;
  std::optional<uint32_t> max_shrink_percent;
  std::string proxy;                ///< URL, "": as the environment says (https_proxy, no_proxy)
  std::string ca;                   ///< absolute path of a PEM file, "": the system's authorities
  int64_t timeout_seconds = 20;     ///< a server silent for so long has stalled
  uint64_t max_bytes = 1ull << 30;  ///< of the feed, decompressed
};

/// One entry of `rules:`, as written.
struct RulesPattern {
  std::string text;
  Position at;
};

struct NetworkInput {
  enum class Kind : uint8_t { kAsn, kMmdb, kCsv, kExclude };
  Kind kind = Kind::kCsv;
  std::string path;        ///< absolute
  std::string key, match;  ///< of kMmdb
  std::string confidence;  ///< a level, or a field path (kMmdb)
  Position at;
};

struct Site {
  std::string file;    ///< site.yaml as named
  std::string folder;  ///< absolute; relative paths are relative to it
  std::string data;    ///< absolute
  AccountsInput accounts;
  std::vector<NetworkInput> networks;
  std::vector<RulesPattern> rules;
  std::string sign_key;  ///< absolute path, "" when none
  uint32_t keep = 10;
  uint64_t max_as_addresses = 1u << 22;
};

/// Strict: every key is checked, and all errors are reported at once, with their places.
[[nodiscard]] std::optional<Site> load_site(const std::string& path, Diagnostics& diagnostics);
/// The nearest site.yaml in `folder` or above it.
[[nodiscard]] std::optional<std::string> find_site(const std::string& folder);
/// Rules files that the patterns name now (glob(7), hidden files only when named): sorted, each once,
/// relative to `site.folder`, absolute where they lie outside it. A pattern without `*`, `?` or `[` that
/// names no file is an error, one with them a warning.
[[nodiscard]] std::vector<std::string> rules_files(const Site& site, Diagnostics& diagnostics);

}  // namespace abm::generation
