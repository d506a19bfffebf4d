// IPv6 addresses that carry an IPv4 address: whose it is, and how much of the address may be shown.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/ip_address.h"

namespace abm {

/// How an IPv6 address embeds an IPv4 address, as far as the address itself tells. Not told: 6rd (RFC 5969),
/// MAP (RFC 7597) and NAT64 with an operator's own prefix (RFC 6052), which look like any address of that
/// operator. Mapped addresses (::ffff:0:0/96) are IPv4 already: IpAddress.
enum class EmbeddedIpv4 : uint8_t {
  kNone,
  kCompatible,  ///< ::/96 (RFC 4291 2.5.5.1, deprecated); also :: and ::1
  kTranslated,  ///< ::ffff:0:0:0/96 (RFC 2765 2.1)
  kNat64,       ///< 64:ff9b::/96 (RFC 6052) and 64:ff9b:1::/48 (RFC 8215): the translator's other side
  kTeredo,      ///< 2001::/32 (RFC 4380): the server's address, and the client's, inverted
  kSixToFour    ///< 2002::/16 (RFC 3056): the address of the sender's own router
};

/// kNone for IPv4.
[[nodiscard]] EmbeddedIpv4 embedded_ipv4(const IpAddress& address) noexcept;

/// True where the embedded address is not, or need not be, the sender's: nobody may be identified by it.
/// False for 6to4: answers to 2002:V4ADDR::/48 travel to V4ADDR, so who holds a connection from there is
/// behind that address.
[[nodiscard]] bool embeds_another_party(EmbeddedIpv4 form) noexcept;

/// The network that such addresses are from, such as 2001::/32; 0.0.0.0/0 for kNone.
[[nodiscard]] IpPrefix network_of(const IpAddress& address, EmbeddedIpv4 form) noexcept;
/// "a Teredo address"; "" for kNone.
[[nodiscard]] std::string_view to_string(EmbeddedIpv4 form) noexcept;

/// How many leading bits of an address may be logged without pointing at one visitor: 24 of IPv4, 48 of IPv6,
/// but 40 of 6to4 (16, and 24 of the IPv4 address behind them) and 32 of Teredo, where the server's address
/// comes next. Counted in the address's family.
[[nodiscard]] uint8_t shown_bits(const IpAddress& address) noexcept;

}  // namespace abm
