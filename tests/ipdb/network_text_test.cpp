#include "ipdb/network_text.h"

#include "tests/ipdb/ipdb_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;

std::string range(const char* first, const char* last) {
  std::vector<IpPrefix> parts;
  append_range(address(first), address(last), parts);
  std::string text;
  for (const IpPrefix& part : parts) text += part.to_string() + " ";
  return text;
}

TEST(NetworkText, RangesBecomeTheFewestPrefixes) {
  EXPECT_EQ(range("164.121.0.0", "164.121.255.255"), "164.121.0.0/16 ");
  EXPECT_EQ(range("192.43.1.0", "192.43.4.255"), "192.43.1.0/24 192.43.2.0/23 192.43.4.0/24 ");
  EXPECT_EQ(range("1.2.3.4", "1.2.3.4"), "1.2.3.4/32 ");
  EXPECT_EQ(range("0.0.0.0", "255.255.255.255"), "0.0.0.0/0 ");
  EXPECT_EQ(range("255.255.255.254", "255.255.255.255"), "255.255.255.254/31 ");
  EXPECT_EQ(range("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "::/0 ");
  EXPECT_EQ(range("2001:db8::", "2001:db8:2:ffff:ffff:ffff:ffff:ffff"), "2001:db8::/47 2001:db8:2::/48 ");
  EXPECT_EQ(range("8000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "8000::/1 ");
}

TEST(NetworkText, RandomRangesAreCoveredExactly) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 500; ++round) {
    const auto base = static_cast<uint32_t>(random());
    const uint32_t first = base & 0xfffff000u, last = first + static_cast<uint32_t>(random() % 5000);
    if (last < first) continue;
    std::vector<IpPrefix> parts;
    append_range(IpAddress::v4(first), IpAddress::v4(last), parts);
    uint64_t next = first;
    for (size_t i = 0; i < parts.size(); ++i) {
      ASSERT_EQ(parts[i].address.v4_value(), next);
      ASSERT_TRUE(IpPrefix::parse(parts[i].to_string()));
      next = uint64_t{last_address(parts[i]).v4_value()} + 1;
      // Fewest: no two neighbours could be one prefix.
      if (i > 0 && parts[i].length == parts[i - 1].length) {
        const IpPrefix joined{parts[i - 1].address, static_cast<uint8_t>(parts[i].length - 1)};
        ASSERT_NE(joined.address.truncated(joined.length), joined.address);
      }
    }
    ASSERT_EQ(next, uint64_t{last} + 1);
  }
}

TEST(NetworkText, RefusalSaysWhatWouldBeRight) {
  EXPECT_EQ(parse_network("10.0.0.1/8").message(),
            "'10.0.0.1/8' has bits set after /8, did you mean '10.0.0.0/8'?");
  EXPECT_EQ(parse_network("2001:db8::1/32").message(),
            "'2001:db8::1/32' has bits set after /32, did you mean '2001:db8::/32'?");
  for (const char* text :
       {"", "deere", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "10.0.0.0/08", "::ffff:1.2.3.0/120"}) {
    EXPECT_NE(parse_network(text).message().find("is not a network"), std::string::npos) << text;
  }
}

TEST(NetworkText, NetworksInsideAliasesHaveNoPlace) {
  for (const char* text : {"::1/128", "::/96", "2002::/16", "2002:a479::/32"}) {
    EXPECT_FALSE(no_place_for(prefix(text)).empty()) << text;
  }
  for (const char* text : {"0.0.0.1/32", "::/0", "2001:200::/32", "2000::/3", "2003::/19", "2001:1::/32"}) {
    EXPECT_TRUE(no_place_for(prefix(text)).empty()) << text;
  }
}

}  // namespace
}  // namespace abm::ipdb
