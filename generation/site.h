// site.yaml: the control plane's only configuration (design §4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/confidence.h"
#include "base/diagnostic.h"

namespace abm::generation {

struct AccountsInput {
  std::string from;                      ///< URL or absolute path
  std::string verify_key;                ///< absolute path, "" when none
  int64_t every_seconds = 30;
  std::optional<uint32_t> max_shrink_percent;
};

struct NetworkInput {
  enum class Kind : uint8_t { kAsn, kMmdb, kCsv, kExclude };
  Kind kind = Kind::kCsv;
  std::string path;                      ///< absolute
  std::string key, match;                ///< of kMmdb
  std::string confidence;                ///< a level, or a field path (kMmdb)
  Position at;
};

struct Site {
  std::string file;                      ///< site.yaml as named
  std::string folder;                    ///< absolute; relative paths are relative to it
  std::string data;                      ///< absolute
  AccountsInput accounts;
  std::vector<NetworkInput> networks;
  std::vector<std::string> rules;        ///< patterns as written
  std::string sign_key;                  ///< absolute path, "" when none
  uint32_t keep = 10;
  uint64_t max_as_addresses = 1u << 22;
};

[[nodiscard]] std::optional<Site> load_site(const std::string& path, Diagnostics& diagnostics);
/// The nearest site.yaml in `folder` or above it.
[[nodiscard]] std::optional<std::string> find_site(const std::string& folder);
/// Rules files that the patterns name now: sorted, relative to the working directory where that is shorter to read.
[[nodiscard]] std::vector<std::string> rules_files(const Site& site, Diagnostics& diagnostics);

}  // namespace abm::generation
