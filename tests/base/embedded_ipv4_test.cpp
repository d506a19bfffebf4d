#include "base/embedded_ipv4.h"

#include <gtest/gtest.h>

#include <string>

namespace abm {
namespace {

IpAddress address(const char* text) {
  return IpAddress::parse(text).value();
}

TEST(EmbeddedIpv4, KnowsEveryFormThatTheAddressItselfTells) {
  const struct {
    const char* text;
    EmbeddedIpv4 form;
    const char* network;
  } cases[] = {{"2001:0:a479:304:8000:f227:5bfe:bdf8", EmbeddedIpv4::kTeredo, "2001::/32"},
               {"2002:a479:304::1", EmbeddedIpv4::kSixToFour, "2002::/16"},
               {"64:ff9b::164.121.3.4", EmbeddedIpv4::kNat64, "64:ff9b::/96"},
               {"64:ff9b:1:a479:3:400::", EmbeddedIpv4::kNat64, "64:ff9b:1::/48"},
               {"::164.121.3.4", EmbeddedIpv4::kCompatible, "::/96"},
               {"::1", EmbeddedIpv4::kCompatible, "::/96"},
               {"::ffff:0:164.121.3.4", EmbeddedIpv4::kTranslated, "::ffff:0:0:0/96"}};
  for (const auto& c : cases) {
    EXPECT_EQ(embedded_ipv4(address(c.text)), c.form) << c.text;
    EXPECT_EQ(network_of(address(c.text), c.form).to_string(), c.network) << c.text;
    EXPECT_FALSE(to_string(c.form).empty());
    EXPECT_EQ(embeds_another_party(c.form), c.form != EmbeddedIpv4::kSixToFour) << c.text;
  }
  // ISATAP's interface identifier stands below a prefix of the site's own, and 6rd's prefix is the
  // operator's.
  for (const char* text : {"164.121.3.4", "::ffff:164.121.3.4", "2001:db8:7::200:5efe:164.121.3.4",
                           "2001:1::1", "2003::1", "64:ff9b:2::1", "64:ff9b::1:0:0", "1::"}) {
    EXPECT_EQ(embedded_ipv4(address(text)), EmbeddedIpv4::kNone) << text;
  }
}

// The last 32 bits of a logged address, however it is written, must not be a whole IPv4 address.
TEST(EmbeddedIpv4, WhatMayBeShownHoldsNoWholeIpv4Address) {
  const struct {
    const char* text;
    const char* shown;
  } cases[] = {{"164.121.3.4", "164.121.3.0"},
               {"::ffff:164.121.3.4", "164.121.3.0"},
               {"2002:a479:304::1", "2002:a479:300::"},
               {"2001:0:a479:304:8000:f227:5bfe:bdf8", "2001::"},
               {"64:ff9b::164.121.3.4", "64:ff9b::"},
               {"64:ff9b:1:a479:3:400::", "64:ff9b:1::"},
               {"::164.121.3.4", "::"},
               {"::ffff:0:164.121.3.4", "::"},
               {"2001:db8:7:1:0:5efe:164.121.3.4", "2001:db8:7::"},
               {"2001:db8:7:1:200:5efe:164.121.3.4", "2001:db8:7::"},
               {"2620:0:1cfe:1:2:3:4:5", "2620:0:1cfe::"}};
  for (const auto& c : cases) {
    const IpAddress ip = address(c.text);
    EXPECT_EQ(ip.truncated(shown_bits(ip)).to_string(), c.shown) << c.text;
  }
}

}  // namespace
}  // namespace abm
