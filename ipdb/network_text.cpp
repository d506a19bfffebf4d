#include "ipdb/network_text.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace abm::ipdb {
namespace {

using uint128 = unsigned __int128;

uint128 value_of(const IpAddress& ip) noexcept {
  uint128 value = 0;
  for (const uint8_t byte : ip.bytes) value = value << 8 | byte;
  return value;
}

IpAddress address_of(uint128 value, bool is_v4) noexcept {
  IpAddress ip;
  ip.is_v4 = is_v4;
  for (size_t i = 16; i-- > 0; value >>= 8) ip.bytes[i] = static_cast<uint8_t>(value & 0xff);
  return ip;
}

unsigned trailing_zeros(uint128 value) noexcept {
  const auto low = static_cast<uint64_t>(value);
  return static_cast<unsigned>(low != 0 ? std::countr_zero(low)
                                        : 64 + std::countr_zero(static_cast<uint64_t>(value >> 64)));
}

}  // namespace

Result<IpPrefix> parse_network(std::string_view text) {
  if (auto network = IpPrefix::parse(text)) return *network;
  const size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  // The same text with the host bits cleared tells a slip from something that is not a network at all.
  if (address && slash != text.npos) {
    for (unsigned length = 0; length <= (address->is_v4 ? 32u : 128u); ++length) {
      if (text.substr(slash + 1) != std::to_string(length)) continue;
      const IpPrefix meant{address->truncated(length), static_cast<uint8_t>(length)};
      if (IpPrefix::parse(meant.to_string()) && meant.address != *address) {
        return Error{
            fmt::format("'{}' has bits set after /{}, did you mean '{}'?", text, length, meant.to_string())};
      }
    }
  }
  return Error{fmt::format("'{}' is not a network; write it like 192.0.2.0/24 or 2001:db8::/32", text)};
}

std::string_view no_place_for(const IpPrefix& network) noexcept {
  if (network.address.is_v4) return {};
  const auto& b = network.address.bytes;
  if (network.length >= 96 &&
      std::all_of(b.begin(), b.begin() + 12, [](uint8_t byte) { return byte == 0; })) {
    return "it lies in ::/96, where IPv4 lives";
  }
  if (network.length >= 96 && b[10] == 0xff && b[11] == 0xff &&
      std::all_of(b.begin(), b.begin() + 10, [](uint8_t byte) { return byte == 0; })) {
    return "it lies in ::ffff:0:0/96, an alias of IPv4";
  }
  if (network.length >= 16 && b[0] == 0x20 && b[1] == 0x02) return "it lies in 2002::/16, an alias of IPv4";
  return {};
}

void append_range(const IpAddress& first, const IpAddress& last, std::vector<IpPrefix>& out) {
  const unsigned family_bits = first.is_v4 ? 32 : 128;
  uint128 at = value_of(first);
  const uint128 end = value_of(last);
  while (at <= end) {
    // The largest block that starts here and ends within the range; the range of all
    // addresses has no bit to stop it.
    unsigned bits = at == 0 ? family_bits : std::min(trailing_zeros(at), family_bits);
    while (bits > 0 && (bits == 128 ? end != ~uint128{0} : at + ((uint128{1} << bits) - 1) > end)) --bits;
    out.push_back({address_of(at, first.is_v4), static_cast<uint8_t>(family_bits - bits)});
    if (bits == 128) return;
    const uint128 next = at + (uint128{1} << bits);
    if (next < at) return;
    at = next;
  }
}

IpAddress last_address(const IpPrefix& network) noexcept {
  const unsigned host_bits = 128 - network.tree_length();
  const uint128 mask = host_bits == 128 ? ~uint128{0} : (uint128{1} << host_bits) - 1;
  return address_of(value_of(network.address) | mask, network.address.is_v4);
}

}  // namespace abm::ipdb
