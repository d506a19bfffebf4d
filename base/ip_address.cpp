#include "base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace abm {
namespace {

constexpr uint8_t kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

IpAddress IpAddress::v4(const uint8_t* four) noexcept {
  IpAddress ip;
  ip.is_v4 = true;
  std::memcpy(ip.bytes.data() + 12, four, 4);
  return ip;
}

IpAddress IpAddress::v4(uint32_t host_order) noexcept {
  const uint8_t four[4] = {static_cast<uint8_t>(host_order >> 24), static_cast<uint8_t>(host_order >> 16),
                           static_cast<uint8_t>(host_order >> 8), static_cast<uint8_t>(host_order)};
  return v4(four);
}

IpAddress IpAddress::v6(const uint8_t* sixteen) noexcept {
  if (std::memcmp(sixteen, kMappedPrefix, sizeof kMappedPrefix) == 0) return v4(sixteen + 12);
  IpAddress ip;
  std::memcpy(ip.bytes.data(), sixteen, 16);
  return ip;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
  char buffer[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof buffer || text.find('\0') != text.npos) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  uint8_t raw[16];
  if (inet_pton(AF_INET, buffer, raw) == 1) return v4(raw);
  if (inet_pton(AF_INET6, buffer, raw) == 1) return v6(raw);
  return std::nullopt;
}

uint32_t IpAddress::v4_value() const noexcept {
  return static_cast<uint32_t>(bytes[12]) << 24 | static_cast<uint32_t>(bytes[13]) << 16 |
         static_cast<uint32_t>(bytes[14]) << 8 | bytes[15];
}

std::string IpAddress::to_string() const {
  char buffer[INET6_ADDRSTRLEN];
  const char* text = is_v4 ? inet_ntop(AF_INET, bytes.data() + 12, buffer, sizeof buffer)
                           : inet_ntop(AF_INET6, bytes.data(), buffer, sizeof buffer);
  return text == nullptr ? std::string() : std::string(text);
}

IpAddress IpAddress::truncated(unsigned length) const noexcept {
  IpAddress ip = *this;
  const unsigned keep = std::min(is_v4 ? length + 96u : length, 128u);
  if (keep == 128) return ip;
  const unsigned whole = keep / 8;
  ip.bytes[whole] = static_cast<uint8_t>(ip.bytes[whole] & (0xff00u >> keep % 8));
  std::fill(ip.bytes.begin() + whole + 1, ip.bytes.end(), uint8_t{0});
  return ip;
}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) noexcept {
  const size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  // An IPv4-mapped prefix is written with IPv6 lengths; accepting it would give the length a second meaning.
  if (address->is_v4 && text.substr(0, slash).find(':') != text.npos && slash != text.npos)
    return std::nullopt;
  const unsigned longest = address->is_v4 ? 32 : 128;
  unsigned length = longest;
  if (slash != text.npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc() || end != digits.data() + digits.size() || length > longest) return std::nullopt;
    if (digits.size() > 1 && digits[0] == '0') return std::nullopt;
  }
  if (address->truncated(length) != *address) return std::nullopt;
  return IpPrefix{*address, static_cast<uint8_t>(length)};
}

std::string IpPrefix::to_string() const {
  return address.to_string() + "/" + std::to_string(length);
}

bool IpPrefix::contains(const IpAddress& other) const noexcept {
  return other.is_v4 == address.is_v4 && other.truncated(length) == address;
}

}  // namespace abm
