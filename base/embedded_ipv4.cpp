#include "base/embedded_ipv4.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace abm {
namespace {

struct EmbeddingNetwork {
  EmbeddedIpv4 form;
  std::array<uint8_t, 16> bytes;
  uint8_t length;
};

constexpr EmbeddingNetwork kEmbeddings[] = {
    {EmbeddedIpv4::kCompatible, {}, 96},
    {EmbeddedIpv4::kTranslated, {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96},
    {EmbeddedIpv4::kNat64, {0, 0x64, 0xff, 0x9b}, 96},
    {EmbeddedIpv4::kNat64, {0, 0x64, 0xff, 0x9b, 0, 1}, 48},
    {EmbeddedIpv4::kTeredo, {0x20, 0x01}, 32},
    {EmbeddedIpv4::kSixToFour, {0x20, 0x02}, 16},
};

constexpr uint8_t kShownIpv4 = 24, kShownIpv6 = 48, kShownSixToFour = 40, kShownTeredo = 32;

// All lengths are whole bytes.
const EmbeddingNetwork* embedding_of(const IpAddress& address) noexcept {
  if (address.is_v4) return nullptr;
  for (const EmbeddingNetwork& network : kEmbeddings) {
    const auto end = network.bytes.begin() + network.length / 8;
    if (std::equal(network.bytes.begin(), end, address.bytes.begin())) return &network;
  }
  return nullptr;
}

}  // namespace

EmbeddedIpv4 embedded_ipv4(const IpAddress& address) noexcept {
  const EmbeddingNetwork* const network = embedding_of(address);
  return network == nullptr ? EmbeddedIpv4::kNone : network->form;
}

bool embeds_another_party(EmbeddedIpv4 form) noexcept {
  return form != EmbeddedIpv4::kNone && form != EmbeddedIpv4::kSixToFour;
}

IpPrefix network_of(const IpAddress& address, EmbeddedIpv4 form) noexcept {
  const EmbeddingNetwork* const network = embedding_of(address);
  if (network == nullptr || network->form != form) return {IpAddress::v4(uint32_t{0}), 0};
  IpPrefix prefix;
  prefix.address.bytes = network->bytes;
  prefix.length = network->length;
  return prefix;
}

std::string_view to_string(EmbeddedIpv4 form) noexcept {
  switch (form) {
    case EmbeddedIpv4::kNone:
      break;
    case EmbeddedIpv4::kCompatible:
      return "an IPv4-compatible address";
    case EmbeddedIpv4::kTranslated:
      return "an IPv4-translated address";
    case EmbeddedIpv4::kNat64:
      return "a NAT64 address";
    case EmbeddedIpv4::kTeredo:
      return "a Teredo address";
    case EmbeddedIpv4::kSixToFour:
      return "a 6to4 address";
  }
  return {};
}

uint8_t shown_bits(const IpAddress& address) noexcept {
  if (address.is_v4) return kShownIpv4;
  switch (embedded_ipv4(address)) {
    case EmbeddedIpv4::kSixToFour:
      return kShownSixToFour;
    case EmbeddedIpv4::kTeredo:
      return kShownTeredo;
    default:
      return kShownIpv6;
  }
}

}  // namespace abm
