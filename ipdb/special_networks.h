// Addresses that are no organisation's: IANA's registries of special-purpose addresses, multicast, what was
// never handed out, and networks wider than any organisation's.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/ip_address.h"

namespace abm::ipdb {

enum class SpecialUse : uint8_t {
  kNobodys,  ///< private, shared, local, multicast …: whoever comes from there may be anybody
  kExample   ///< documentation and benchmarks: nobody comes from there
};

struct SpecialNetwork {
  IpPrefix network;
  SpecialUse use;
  std::string_view what;  ///< "private use (RFC 1918)"
};

/// The shortest prefixes that an organisation may have: its neighbours add up to these (two /8 and a /13 are
/// the widest holdings known).
inline constexpr unsigned kWidestIpv4 = 7, kWidestIpv6 = 13;

/// Inner networks before those that contain them. Together with what is outside 2000::/3, which no IPv6
/// unicast address is (IANA): those entries come last.
[[nodiscard]] std::span<const SpecialNetwork> special_networks() noexcept;

/// The innermost entry that contains `network`; nullptr if none does.
[[nodiscard]] const SpecialNetwork* special_network_around(const IpPrefix& network) noexcept;

/// Whether an organisation can be identified by a network.
struct NetworkVerdict {
  enum class Kind : uint8_t { kOwn, kExample, kNobodys, kTooWide };
  Kind kind = Kind::kOwn;
  std::string reason;  ///< "is private use (RFC 1918)", "contains 10.0.0.0/8, private use …"; "" for kOwn
};
[[nodiscard]] NetworkVerdict judge_network(const IpPrefix& network);

/// The same answer without the reason, for the networks of a vendor's file: none of it is anybody's.
[[nodiscard]] bool belongs_to_nobody(const IpPrefix& network) noexcept;

}  // namespace abm::ipdb
