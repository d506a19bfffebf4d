// What the index says about an address.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/confidence.h"
#include "base/ip_address.h"

namespace abm::ipdb {

/// Why an address is or is not identified. Text forms: "feed", "csv", "asn", "mmdb";
/// for an exclusion, its kind.
enum class Source : uint8_t { kNone, kFeed, kCsv, kAsn, kMmdb };
enum class Exclusion : uint8_t { kNone, kIsp, kHosting, kVpn, kCrawler, kEducation };

[[nodiscard]] std::string_view to_string(Source source) noexcept;        ///< "" for kNone
[[nodiscard]] std::string_view to_string(Exclusion kind) noexcept;       ///< "" for kNone
[[nodiscard]] Source source_from(std::string_view text) noexcept;        ///< kNone for any other text
[[nodiscard]] Exclusion exclusion_from(std::string_view text) noexcept;  ///< kNone for any other text

struct Match {
  uint64_t key = 0;          ///< XXH3-64 of the account id; 0 if none
  std::string_view account;  ///< the id in the index; valid while the Index lives
  Confidence confidence = Confidence::kLow;
  Source source = Source::kNone;
  Exclusion exclusion = Exclusion::kNone;  ///< a network that is never identified
  IpPrefix network;                        ///< the tree entry that answered, even if it says nothing

  [[nodiscard]] bool identified() const noexcept { return source != Source::kNone; }
};

}  // namespace abm::ipdb
