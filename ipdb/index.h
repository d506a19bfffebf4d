// ipdb.mmdb as a worker uses it: address → account key, over libmaxminddb.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/confidence.h"
#include "base/ip_address.h"
#include "base/result.h"

namespace abm::ipdb {

/// Why an address is or is not identified. Text forms: "feed", "csv", "asn", "mmdb", and for an exclusion its kind.
enum class Source : uint8_t { kNone, kFeed, kCsv, kAsn, kMmdb };
enum class Exclusion : uint8_t { kNone, kIsp, kHosting, kVpn, kCrawler, kEducation };

[[nodiscard]] std::string_view to_string(Source source) noexcept;
[[nodiscard]] std::string_view to_string(Exclusion kind) noexcept;  ///< "" for kNone

struct Match {
  uint64_t key = 0;                             ///< XXH3-64 of the account id; 0 when none
  std::string_view account;                     ///< the id as the index has it; valid while the Index lives
  Confidence confidence = Confidence::kLow;
  Source source = Source::kNone;
  Exclusion exclusion = Exclusion::kNone;       ///< a network that is never identified
  IpPrefix network;                             ///< the tree entry that answered

  [[nodiscard]] bool identified() const noexcept { return source != Source::kNone; }
};

/// Immutable after open; lookups need no lock.
class Index {
 public:
  /// Validates the whole file with validate_mmdb (mmdb_validator.h) and decodes each distinct record once, so that a
  /// lookup is a tree walk and one table access. `fd` is a memfd that nobody can write (base/file.h) or a file of a
  /// tool; it may be closed after the call. Records without our fields identify nothing.
  [[nodiscard]] static Result<Index> open(int fd);

  Index(Index&&) noexcept;
  Index& operator=(Index&&) noexcept;
  ~Index();

  /// No allocation, no error: whatever goes wrong is "not identified".
  [[nodiscard]] Match lookup(const IpAddress& address) const noexcept;
  [[nodiscard]] uint64_t build_epoch() const noexcept;  ///< Unix seconds
  [[nodiscard]] uint32_t node_count() const noexcept;
  [[nodiscard]] std::string_view database_type() const noexcept;

 private:
  struct State;
  explicit Index(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace abm::ipdb
