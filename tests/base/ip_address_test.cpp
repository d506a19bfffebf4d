#include "base/ip_address.h"

#include <gtest/gtest.h>

namespace abm {
namespace {

TEST(IpAddress, MappedAddressIsIpv4) {
  const auto mapped = IpAddress::parse("::ffff:164.121.3.4");
  ASSERT_TRUE(mapped);
  EXPECT_TRUE(mapped->is_v4);
  EXPECT_EQ(*mapped, *IpAddress::parse("164.121.3.4"));
}

TEST(IpAddress, ReadsBackWhatItPrints) {
  for (const char* text : {"0.0.0.0", "255.255.255.255", "::", "::1", "2620:0:1cfe::1", "fe80::1:2:3"}) {
    const auto ip = IpAddress::parse(text);
    ASSERT_TRUE(ip) << text;
    EXPECT_EQ(ip->to_string(), text);
  }
}

TEST(IpAddress, RefusesWhatIsNotExactlyAnAddress) {
  for (const char* text :
       {"", " 1.2.3.4", "1.2.3", "1.2.3.4 ", "01.2.3.4", "1.2.3.4:80", "[::1]", "fe80::1%eth0", "::g"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(IpAddress, TruncatesAtEveryLength) {
  const auto ip = IpAddress::parse("255.255.255.255");
  EXPECT_EQ(ip->truncated(24).to_string(), "255.255.255.0");
  EXPECT_EQ(ip->truncated(0).to_string(), "0.0.0.0");
  EXPECT_EQ(ip->truncated(31).to_string(), "255.255.255.254");
  EXPECT_EQ(IpAddress::parse("2001:db8:1:2::9")->truncated(48).to_string(), "2001:db8:1::");
}

TEST(IpPrefix, RefusesHostBitsLeadingZerosAndBadLengths) {
  EXPECT_TRUE(IpPrefix::parse("164.121.0.0/16"));
  EXPECT_TRUE(IpPrefix::parse("2620:0:1cfe::/48"));
  EXPECT_EQ(IpPrefix::parse("1.2.3.4")->length, 32);
  for (const char* text : {"164.121.0.1/16", "1.2.3.0/33", "1.2.3.0/", "1.2.3.0/024", "1.2.3.0/-1", "::/129",
                           "::ffff:1.2.3.0/120", "1.2.3.0/24x"}) {
    EXPECT_FALSE(IpPrefix::parse(text)) << text;
  }
}

TEST(IpPrefix, ContainsOnlyItsFamily) {
  const auto all_v4 = IpPrefix::parse("0.0.0.0/0");
  EXPECT_TRUE(all_v4->contains(*IpAddress::parse("9.9.9.9")));
  EXPECT_FALSE(all_v4->contains(*IpAddress::parse("::1")));
  EXPECT_EQ(all_v4->tree_length(), 96u);
}

}  // namespace
}  // namespace abm
