// IP addresses and prefixes as 128 bits; IPv4 lives at ::/96, as in an MMDB tree.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace abm {

/// An IPv4 or IPv6 address. IPv4 a.b.c.d is kept as ::a.b.c.d with `is_v4`; an IPv4-mapped IPv6 address
/// (::ffff:a.b.c.d, RFC 4291 2.5.5.2) becomes IPv4 when parsed or built from bytes.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};
  bool is_v4 = false;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

  /// From four network-order bytes.
  [[nodiscard]] static IpAddress v4(const uint8_t* four) noexcept;
  [[nodiscard]] static IpAddress v4(uint32_t host_order) noexcept;
  /// From sixteen network-order bytes; a mapped address becomes IPv4.
  [[nodiscard]] static IpAddress v6(const uint8_t* sixteen) noexcept;
  /// Text as inet_pton reads it, nothing before or after it (no zone, no port, no brackets).
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text) noexcept;

  [[nodiscard]] uint32_t v4_value() const noexcept;  ///< host order; only for is_v4
  /// RFC 5952 text; IPv4 in dotted form.
  [[nodiscard]] std::string to_string() const;
  /// All bits after the first `length` (0..32 for IPv4, 0..128 for IPv6) cleared.
  [[nodiscard]] IpAddress truncated(unsigned length) const noexcept;
};

/// A network: address and prefix length (0..32 for IPv4, 0..128 for IPv6).
struct IpPrefix {
  IpAddress address;
  uint8_t length = 0;

  friend auto operator<=>(const IpPrefix&, const IpPrefix&) = default;

  /// "164.121.0.0/16", "2620:0:1cfe::/48", or a lone address (then /32 or /128). Refuses set host bits, a
  /// length out of range, leading zeros and anything before or after it.
  [[nodiscard]] static std::optional<IpPrefix> parse(std::string_view text) noexcept;
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] bool contains(const IpAddress& address) const noexcept;
  /// Length counted in the 128-bit tree: IPv4 lengths plus 96.
  [[nodiscard]] unsigned tree_length() const noexcept { return address.is_v4 ? length + 96u : length; }
};

}  // namespace abm
