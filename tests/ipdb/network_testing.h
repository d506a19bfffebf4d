// A site for network builder tests: accounts, source files in a folder of its own, the
// built index and its answers.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ipdb/network_builder.h"
#include "tests/ipdb/ipdb_testing.h"

namespace abm::ipdb::testing {

/// A NetworkAccount that owns what it refers to.
struct OwnedAccount {
  std::string id;
  std::vector<std::string> networks;
  std::vector<uint32_t> asns;
  std::vector<std::string> organizations, domains;
  uint64_t line = 0;

  [[nodiscard]] NetworkAccount view() const {
    return {.id = id,
            .networks = networks,
            .asns = asns,
            .organizations = organizations,
            .domains = domains,
            .line = line};
  }
};

struct NetworkSite {
  NetworkSite() {
    std::string pattern = ::testing::TempDir() + "/abm_networks_XXXXXX";
    folder = ::mkdtemp(pattern.data());
    inputs.feed = "accounts.ndjson";
    options.special = SpecialNetworks::kAllowed;  // so that tests may use short, private networks
  }
  ~NetworkSite() { std::filesystem::remove_all(folder); }
  NetworkSite(const NetworkSite&) = delete;
  NetworkSite& operator=(const NetworkSite&) = delete;

  std::vector<OwnedAccount>& accounts() { return accounts_; }
  OwnedAccount& account(const char* id) {
    OwnedAccount& added = accounts_.emplace_back();
    added.id = id;
    added.line = accounts_.size() + 1;  // the feed's header is line 1
    return added;
  }
  /// `inputs`, with the current accounts.
  NetworkInputs& packed() {
    inputs.accounts = {};
    for (const OwnedAccount& one : accounts_) inputs.accounts.add(one.view());
    return inputs;
  }
  /// nullopt bytes: the file does not exist.
  NetworkSource& source(NetworkSource::Kind kind, const char* name, std::optional<std::string> bytes) {
    NetworkSource& added = inputs.sources.emplace_back();
    added.kind = kind;
    added.name = name;
    added.path = (folder / (std::to_string(inputs.sources.size()) + "-" + name)).string();
    if (bytes) {
      EXPECT_TRUE(write_file_atomically(added.path, *bytes).ok());
    }
    return added;
  }

  bool build() {
    index = build_networks(packed(), options, diagnostics);
    if (!index) return false;
    auto opened = open_bytes(index->bytes);
    EXPECT_TRUE(opened.ok()) << (opened ? "" : opened.message());
    if (!opened) return false;
    reader.emplace(std::move(*opened));
    return true;
  }

  /// "deere high feed 164.121.0.0/16", "isp 10.0.0.0/8" for an exclusion, or "nobody".
  std::string who(const char* ip) const {
    const Match match = reader->lookup(address(ip));
    const std::string network = match.network.to_string();
    if (match.exclusion != Exclusion::kNone) return std::string(to_string(match.exclusion)) + " " + network;
    if (!match.identified()) return "nobody";
    return std::string(match.account) + " " + std::string(abm::to_string(match.confidence)) + " " +
           std::string(to_string(match.source)) + " " + network;
  }

  std::filesystem::path folder;
  NetworkInputs inputs;
  NetworkOptions options;
  Diagnostics diagnostics;
  std::optional<NetworkIndex> index;
  std::optional<Index> reader;

 private:
  std::vector<OwnedAccount> accounts_;
};

}  // namespace abm::ipdb::testing
