// One reader for each kind of network source: bytes → claims, counts and findings.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "ipdb/network_claims.h"
#include "ipdb/network_names.h"
#include "ipdb/network_types.h"

namespace abm::ipdb {

/// What every reader gets and fills in.
struct ReaderContext {
  const NetworkInputs& inputs;
  const NetworkOptions& options;
  AccountDirectory& directory;
  OrganizationMatcher& names;
  Claims& claims;
  NetworkSourceReport& report;  ///< of the source being read
  uint16_t source;              ///< its number in the report
  Diagnostics& diagnostics;
  std::function<void(uint64_t done, uint64_t total)> progress;

  /// Call before claiming `count` networks. False: too many, the source is refused.
  [[nodiscard]] bool has_room(uint64_t count) noexcept {
    claims.networks += count;
    return claims.networks <= options.limits.max_claims;
  }
  [[nodiscard]] std::string no_room() const;
};

/// What to say of a network that an account has.
struct NetworkFinding {
  bool usable = true;    ///< it has a place in the tree and may identify somebody
  bool refused = false;  ///< an error; otherwise a message is a warning
  bool example = false;  ///< reserved for documentation or benchmarks
  std::string message;   ///< "is private use (RFC 1918): …", or ""
};
[[nodiscard]] NetworkFinding find_fault(const IpPrefix& network, SpecialNetworks special);

/// The feed's own `networks`.
void read_feed_networks(ReaderContext& context);
/// `network,account_id[,confidence]`; high if the third field is missing or empty.
void read_network_csv(std::string_view bytes, ReaderContext& context);
/// `network,kind`.
void read_exclusion_csv(std::string_view bytes, ReaderContext& context);
/// `asn,account_id[,organization]`: AS numbers that accounts have besides those of the feed. Read before all
/// other sources; the third field is for people.
void read_as_numbers_csv(std::string_view bytes, ReaderContext& context);
/// `range_start,range_end,asn,organization`, the columns of the npm package @ip-location-db/asn.
void read_asn_csv(std::string_view bytes, ReaderContext& context);
/// Any MMDB (vendor_mmdb.cpp).
void read_vendor_mmdb(std::string_view bytes, const NetworkSource& source, ReaderContext& context);

}  // namespace abm::ipdb
