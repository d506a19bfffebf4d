// What the index is built from, within which limits, and the report on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/content_hash.h"
#include "base/ip_address.h"
#include "ipdb/network_accounts.h"

namespace abm::ipdb {

/// One entry of `networks:` in site.yaml.
struct NetworkSource {
  enum class Kind : uint8_t { kCsv, kExclude, kAsn, kMmdb, kAsNumbers };
  Kind kind = Kind::kCsv;
  std::string path;
  std::string name;        ///< how reports and errors call the file; the path if empty
  std::string key;         ///< kMmdb: field path, parts joined by '.'
  std::string match;       ///< kMmdb: "domain", "asn", "organization" or "id"
  std::string confidence;  ///< kMmdb: "low", "medium", "high", or a field path; "" means low
};

struct NetworkInputs {
  std::string feed;  ///< how reports call the feed
  NetworkAccounts accounts;
  std::vector<NetworkSource> sources;
};

struct NetworkLimits {
  uint64_t max_file_bytes = uint64_t{1} << 30;  ///< per source
  size_t max_line_bytes = 4096;
  uint64_t max_lines = 16'000'000;     ///< per CSV
  uint64_t max_networks = 64'000'000;  ///< entries per vendor MMDB
  uint64_t max_claims = 16'000'000;    ///< networks of accounts and exclusions, all sources together
  uint64_t max_vendor_steps =
      1u << 28;  ///< for searching the records of one vendor MMDB; its size adds to it
};

/// What becomes of an account's network that is no organisation's (special_networks.h).
enum class SpecialNetworks : uint8_t {
  kRefused,  ///< an error; one for documentation or benchmarks is a warning
  kWarned,   ///< a warning: nothing is published
  kAllowed   ///< as any other: intranets, tests
};

struct NetworkOptions {
  SpecialNetworks special = SpecialNetworks::kRefused;
  uint64_t max_as_addresses = uint64_t{1} << 22;
  uint64_t build_epoch = 0;  ///< Unix seconds
  std::string description = "ABM account networks";
  NetworkLimits limits;
  std::function<void(std::string_view phase, uint64_t done, uint64_t total)> progress;
};

/// Counts for one source, in input order; the feed's own networks come first.
struct NetworkSourceReport {
  std::string name;
  std::string kind;       ///< "feed", "csv", "exclude", "asn", "mmdb", "as_numbers"
  ContentHash hash;       ///< of the file; zero for the feed
  uint64_t entries = 0;   ///< lines, or networks of an MMDB
  uint64_t mapped = 0;    ///< how many of these an account (or an exclusion) claims
  uint64_t accounts = 0;  ///< distinct accounts among them
  uint64_t left_out = 0;  ///< claims lost to the guard, or to a network that is unusable or nobody's
};

/// An account whose AS networks were left out, or contradicted by an exclusion.
struct NetworkLeftOut {
  std::string account;
  std::string place;  ///< "accounts.ndjson:12"
  std::string reason;
  uint64_t networks = 0;  ///< ranges left out
};

/// Two accounts with equally strong claims to the same network: it identifies neither.
struct NetworkConflict {
  IpPrefix network;                        ///< the first of them
  uint64_t networks = 1;                   ///< how many networks the same two claims touch
  std::string first_account, first_place;  ///< place: "networks.csv:3"
  std::string second_account, second_place;
};

/// An account's organization that sources spell otherwise.
struct NetworkName {
  enum class Verdict : uint8_t {
    kTaken,    ///< one other spelling, of nobody else: it is the account
    kBeside,   ///< a source also has it as the account spells it: the others are not taken
    kSeveral,  ///< spelled in several other ways, so perhaps several companies: none is taken
    kShared,   ///< several accounts have the name: it identifies none of them
  };
  struct Found {
    std::string organization;    ///< as the source spells it
    std::vector<uint32_t> asns;  ///< ascending, the first kMaxAsns
  };
  static constexpr size_t kMaxAsns = 8, kMaxFound = 8;
  Verdict verdict = Verdict::kTaken;
  std::string account;
  std::string place;         ///< "accounts.ndjson:12"
  std::string organization;  ///< as the account spells it
  std::vector<Found> found;  ///< the first kMaxFound
  std::string rival;         ///< of kShared: the id of another account
};

/// What sources had for an account, before conflicts, exclusions and the guard decided. Bits.
enum AccountClaims : uint8_t {
  kListedClaim = 1,    ///< a network of the feed or of a CSV
  kAsClaim = 2,        ///< a range of an AS number or an organization
  kVendorClaim = 4,    ///< a vendor's record
  kHasAsNumbers = 8,   ///< the account, or a file of AS numbers, names one
  kUnusableName = 16,  ///< an organization of it is in `names` and was not taken
};

struct NetworkReport {
  static constexpr size_t kMaxConflicts = 10'000;
  static constexpr size_t kMaxNames = 10'000;
  std::vector<NetworkSourceReport> sources;
  std::vector<NetworkLeftOut> left_out;
  std::vector<NetworkConflict> conflicts;  ///< the first kMaxConflicts
  uint64_t more_conflicts = 0;             ///< claims of a second account beyond those
  std::vector<NetworkName> names;          ///< by account; the first kMaxNames
  std::vector<uint8_t> had;                ///< of each account, in input order: AccountClaims
  uint64_t claims = 0;                     ///< networks painted
  uint32_t node_count = 0;
  unsigned record_size = 0;
};

}  // namespace abm::ipdb
