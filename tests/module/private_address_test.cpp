#include "module/private_address.h"

#include <gtest/gtest.h>

namespace abm::module {
namespace {

bool is_private(const char* address) {
  return is_private_address(*IpAddress::parse(address));
}

TEST(PrivateAddress, KnowsTheFirstAndTheLastAddressOfEachNetwork) {
  for (const char* address : {"0.0.0.0",        "0.255.255.255",   "10.0.0.0",   "10.255.255.255",
                              "100.64.0.0",     "100.127.255.255", "127.0.0.1",  "127.255.255.255",
                              "169.254.0.0",    "169.254.255.255", "172.16.0.0", "172.31.255.255",
                              "192.168.0.0",    "192.168.255.255", "::",         "::1",
                              "fc00::",         "fdff:ffff::1",    "fe80::1",    "febf::1",
                              "::ffff:10.1.2.3"}) {
    EXPECT_TRUE(is_private(address)) << address;
  }
  for (const char* address :
       {"1.0.0.0",     "9.255.255.255",   "11.0.0.0",      "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0",   "169.253.255.255", "169.255.0.0",   "172.15.255.255", "172.32.0.0",  "192.167.255.255",
        "192.169.0.0", "198.51.100.7",    "::2",           "fbff::1",        "fe00::1",     "fec0::1",
        "2001:db8::1", "2606:4700::1",    "::ffff:8.8.8.8"}) {
    EXPECT_FALSE(is_private(address)) << address;
  }
}

TEST(PrivateAddress, KnowsTheHeadersOfProxiesInAnyCase) {
  EXPECT_TRUE(is_forwarding_header("X-Forwarded-For"));
  EXPECT_TRUE(is_forwarding_header("FORWARDED"));
  EXPECT_TRUE(is_forwarding_header("cf-connecting-ip"));
  EXPECT_FALSE(is_forwarding_header("X-Forwarded-Proto"));
  EXPECT_FALSE(is_forwarding_header("X-Forwarded-For-"));
  EXPECT_FALSE(is_forwarding_header(""));
}

}  // namespace
}  // namespace abm::module
