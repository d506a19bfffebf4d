// IANA IPv4 and IPv6 Special-Purpose Address Registries, IPv4 and IPv6 Multicast Address Space, IPv6 Global
// Unicast Address Assignments, as of November 2026.
#include "ipdb/special_networks.h"

#include <array>

#include <fmt/format.h>

namespace abm::ipdb {
namespace {

constexpr IpPrefix four(uint8_t a, uint8_t b, uint8_t c, uint8_t length) {
  IpPrefix prefix;
  prefix.address.is_v4 = true;
  prefix.address.bytes[12] = a;
  prefix.address.bytes[13] = b;
  prefix.address.bytes[14] = c;
  prefix.length = length;
  return prefix;
}

// From the address's first four groups, then `tail` as the sixth (bytes 8 to 11).
constexpr IpPrefix six(uint64_t groups, uint8_t length, uint32_t tail = 0) {
  IpPrefix prefix;
  for (unsigned i = 0; i < 8; ++i) prefix.address.bytes[i] = static_cast<uint8_t>(groups >> (56 - 8 * i));
  for (unsigned i = 0; i < 4; ++i) prefix.address.bytes[8 + i] = static_cast<uint8_t>(tail >> (24 - 8 * i));
  prefix.length = length;
  return prefix;
}

constexpr auto kNobodys = SpecialUse::kNobodys;
constexpr auto kExample = SpecialUse::kExample;
constexpr std::string_view kNotUnicast = "outside 2000::/3, all of IPv6 that is handed out (IANA)";

constexpr SpecialNetwork kSpecial[] = {
    {four(0, 0, 0, 8), kNobodys, "\"this network\" (RFC 791)"},
    {four(10, 0, 0, 8), kNobodys, "private use (RFC 1918)"},
    {four(100, 64, 0, 10), kNobodys, "shared by the customers of a provider (RFC 6598)"},
    {four(127, 0, 0, 8), kNobodys, "loopback (RFC 1122)"},
    {four(169, 254, 0, 16), kNobodys, "link-local (RFC 3927)"},
    {four(172, 16, 0, 12), kNobodys, "private use (RFC 1918)"},
    {four(192, 0, 0, 24), kNobodys, "for protocols (RFC 6890)"},
    {four(192, 0, 2, 24), kExample, "reserved for documentation (RFC 5737)"},
    {four(192, 31, 196, 24), kNobodys, "for AS112 name servers (RFC 7535)"},
    {four(192, 52, 193, 24), kNobodys, "for multicast tunnels (RFC 7450)"},
    {four(192, 88, 99, 24), kNobodys, "for 6to4 relays (RFC 7526)"},
    {four(192, 168, 0, 16), kNobodys, "private use (RFC 1918)"},
    {four(192, 175, 48, 24), kNobodys, "for AS112 name servers (RFC 7534)"},
    {four(198, 18, 0, 15), kExample, "reserved for benchmarks (RFC 2544)"},
    {four(198, 51, 100, 24), kExample, "reserved for documentation (RFC 5737)"},
    {four(203, 0, 113, 24), kExample, "reserved for documentation (RFC 5737)"},
    {four(224, 0, 0, 4), kNobodys, "multicast (RFC 5771)"},
    {four(240, 0, 0, 4), kNobodys, "reserved (RFC 1112)"},
    {six(0x2001'0002'0000'0000, 48), kExample, "reserved for benchmarks (RFC 5180)"},
    {six(0x2001'0000'0000'0000, 32), kNobodys, "Teredo (RFC 4380), which carries the address of a server"},
    {six(0x2001'0000'0000'0000, 23), kNobodys, "for protocols (RFC 2928)"},
    {six(0x2001'0db8'0000'0000, 32), kExample, "reserved for documentation (RFC 3849)"},
    {six(0x2002'0000'0000'0000, 16), kNobodys,
     "6to4 (RFC 3056): name the IPv4 network, whose 6to4 addresses are known with it"},
    {six(0x2620'004f'8000'0000, 48), kNobodys, "for AS112 name servers (RFC 7534)"},
    {six(0x3fff'0000'0000'0000, 20), kExample, "reserved for documentation (RFC 9637)"},
    {six(0, 96, 0), kNobodys, "IPv4-compatible, loopback or unspecified (RFC 4291)"},
    {six(0, 96, 0x0000ffff), kNobodys, "IPv4-mapped (RFC 4291): name the IPv4 network"},
    {six(0, 96, 0xffff0000), kNobodys, "IPv4-translated (RFC 2765)"},
    {six(0x0064'ff9b'0000'0000, 96), kNobodys, "NAT64 (RFC 6052), which carries another party's address"},
    {six(0x0064'ff9b'0001'0000, 48), kNobodys, "NAT64 (RFC 8215), which carries another party's address"},
    {six(0x0100'0000'0000'0000, 64), kNobodys, "for discarding (RFC 6666)"},
    {six(0x5f00'0000'0000'0000, 16), kNobodys, "for segment routing (RFC 9602)"},
    {six(0xfc00'0000'0000'0000, 7), kNobodys, "unique-local (RFC 4193)"},
    {six(0xfe80'0000'0000'0000, 10), kNobodys, "link-local (RFC 4291)"},
    {six(0xfec0'0000'0000'0000, 10), kNobodys, "site-local (RFC 3879)"},
    {six(0xff00'0000'0000'0000, 8), kNobodys, "multicast (RFC 4291)"},
    {six(0, 3), kNobodys, kNotUnicast},
    {six(0x4000'0000'0000'0000, 2), kNobodys, kNotUnicast},
    {six(0x8000'0000'0000'0000, 1), kNobodys, kNotUnicast},
};

bool holds(const IpPrefix& outer, const IpPrefix& inner) noexcept {
  return outer.length <= inner.length && outer.contains(inner.address);
}

bool too_wide(const IpPrefix& network) noexcept {
  return network.length < (network.address.is_v4 ? kWidestIpv4 : kWidestIpv6);
}

// The first entry inside `network`, of those that are nobody's if there is one.
const SpecialNetwork* special_network_inside(const IpPrefix& network) noexcept {
  const SpecialNetwork* found = nullptr;
  for (const SpecialNetwork& entry : kSpecial) {
    if (!holds(network, entry.network)) continue;
    if (entry.use == kNobodys) return &entry;
    if (found == nullptr) found = &entry;
  }
  return found;
}

}  // namespace

std::span<const SpecialNetwork> special_networks() noexcept {
  return kSpecial;
}

const SpecialNetwork* special_network_around(const IpPrefix& network) noexcept {
  for (const SpecialNetwork& entry : kSpecial) {
    if (holds(entry.network, network)) return &entry;
  }
  return nullptr;
}

bool belongs_to_nobody(const IpPrefix& network) noexcept {
  if (too_wide(network)) return true;
  const SpecialNetwork* const around = special_network_around(network);
  return around != nullptr && around->use == kNobodys;
}

NetworkVerdict judge_network(const IpPrefix& network) {
  using Kind = NetworkVerdict::Kind;
  if (const SpecialNetwork* around = special_network_around(network)) {
    return {around->use == kExample ? Kind::kExample : Kind::kNobodys, fmt::format("is {}", around->what)};
  }
  if (too_wide(network)) {
    return {Kind::kTooWide, fmt::format("is wider than /{}, which no organisation's network is",
                                        network.address.is_v4 ? kWidestIpv4 : kWidestIpv6)};
  }
  if (const SpecialNetwork* inside = special_network_inside(network)) {
    return {inside->use == kExample ? Kind::kExample : Kind::kNobodys,
            fmt::format("contains {}, {}", inside->network.to_string(), inside->what)};
  }
  return {};
}

}  // namespace abm::ipdb
