#include "module/private_address.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace abm::module {
namespace {

struct PrivateNetwork {
  uint32_t address;  // host order
  unsigned length;
};
constexpr std::array<PrivateNetwork, 7> kPrivateNetworks = {{{0x00000000, 8},
                                                             {0x0a000000, 8},
                                                             {0x64400000, 10},
                                                             {0x7f000000, 8},
                                                             {0xa9fe0000, 16},
                                                             {0xac100000, 12},
                                                             {0xc0a80000, 16}}};

constexpr std::array<std::string_view, 15> kForwardingHeaders = {
    "x-forwarded-for",  "forwarded",           "x-real-ip",
    "x-client-ip",      "x-cluster-client-ip", "x-original-forwarded-for",
    "true-client-ip",   "cf-connecting-ip",    "fastly-client-ip",
    "fly-client-ip",    "do-connecting-ip",    "x-envoy-external-address",
    "x-azure-clientip", "x-appengine-user-ip", "cloudfront-viewer-address"};

}  // namespace

bool is_private_address(const IpAddress& address) noexcept {
  if (address.is_v4) {
    const uint32_t value = address.v4_value();
    return std::any_of(kPrivateNetworks.begin(), kPrivateNetworks.end(),
                       [value](const PrivateNetwork& network) {
                         return (value ^ network.address) >> (32 - network.length) == 0;
                       });
  }
  const auto& bytes = address.bytes;
  if ((bytes[0] & 0xfe) == 0xfc || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80)) return true;
  return std::all_of(bytes.begin(), bytes.end() - 1, [](uint8_t byte) { return byte == 0; }) &&
         bytes[15] <= 1;
}

bool is_forwarding_header(std::string_view name) noexcept {
  return std::any_of(kForwardingHeaders.begin(), kForwardingHeaders.end(),
                     [name](std::string_view each) { return equals_ignoring_case(name, each); });
}

}  // namespace abm::module
