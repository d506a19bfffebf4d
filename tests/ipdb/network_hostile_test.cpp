// Lists made to do harm: each is refused at its line, or read for no more than its size allows.
#include <fcntl.h>
#include <unistd.h>

#include "tests/ipdb/memory_testing.h"
#include "tests/ipdb/network_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;
using Kind = NetworkSource::Kind;

bool says(const NetworkSite& site, std::string_view what) {
  return site.diagnostics.format().find(what) != std::string::npos;
}

NetworkSite& with_two(NetworkSite& site) {
  site.account("deere").asns = {1};
  site.account("acme").asns = {1};
  return site;
}

TEST(HostileLists, RangesThatTakeManyNetworksEachCountAsThose) {
  std::string lines;
  for (int i = 0; i < 20; ++i) lines += "::1,ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe,1,x\n";
  NetworkSite site;
  with_two(site).options.limits.max_claims = 2540;  // five ranges of 254 networks, twice
  site.source(Kind::kAsn, "as.csv", lines);
  EXPECT_FALSE(site.build());
  EXPECT_TRUE(says(site, "as.csv:6:1: more than 2540 networks of accounts, all sources together"))
      << site.diagnostics.format();
  EXPECT_EQ(site.diagnostics.errors(), 1u);
}

TEST(HostileLists, AMillionWideRangesTakeTheMemoryOfTheirLimit) {
  std::string lines;
  for (int i = 0; i < 200'000; ++i) lines += "::1,ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe,1,x\n";
  NetworkSite site;
  with_two(site).options.limits.max_claims = 100'000;
  site.source(Kind::kAsn, "as.csv", lines);
  site.packed();
  const uint64_t added = memory_of([&] {
    if (build_networks(site.inputs, site.options, site.diagnostics)) ::_exit(1);
  });
  EXPECT_LE(added, lines.size() + 16 * kMebibyte);
}

TEST(HostileLists, AllSourcesTogetherStayWithinTheLimit) {
  for (const Kind kind : {Kind::kCsv, Kind::kExclude}) {
    const std::string value = kind == Kind::kCsv ? "deere" : "isp";
    for (const int lines : {3, 4}) {
      NetworkSite site;
      site.account("deere").networks = {"10.0.0.0/8"};
      site.options.limits.max_claims = 4;
      std::string list;
      for (int i = 0; i < lines; ++i) list += "192.0.2." + std::to_string(i) + "/32," + value + "\n";
      site.source(kind, "list.csv", list);
      EXPECT_EQ(site.build(), lines == 3) << site.diagnostics.format();
      EXPECT_EQ(says(site, "list.csv:4:1: more than 4 networks of accounts"), lines == 4);
    }
  }
  NetworkSite feed;
  feed.account("deere").networks = {"10.0.0.0/8", "11.0.0.0/8"};
  feed.options.limits.max_claims = 1;
  EXPECT_FALSE(feed.build());
  EXPECT_TRUE(says(feed, "accounts.ndjson:2: more than 1 networks of accounts")) << feed.diagnostics.format();
}

TEST(HostileLists, OneNetworkRepeatedByTwoAccountsIsOneFinding) {
  std::string lines;
  for (int i = 0; i < 100'000; ++i)
    lines += i % 2 == 0 ? "2001:db8::1/128,deere\n" : "2001:db8::1/128,acme\n";
  NetworkSite site;
  site.source(Kind::kCsv, "list.csv", lines);
  ASSERT_TRUE(with_two(site).build());
  EXPECT_EQ(site.who("2001:db8::1"), "nobody");
  ASSERT_EQ(site.index->report.conflicts.size(), 1u);
  EXPECT_EQ(site.index->report.conflicts[0].first_place, "list.csv:1");
  EXPECT_EQ(site.index->report.conflicts[0].second_place, "list.csv:2");
  EXPECT_EQ(site.index->report.more_conflicts, 0u);
}

TEST(HostileLists, ConflictsBeyondTheFirstAreCounted) {
  std::string lines;
  for (int i = 0; i < 10'050; ++i) {
    const std::string network = "10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0/24";
    lines += network + ",deere\n" + network + ",acme\n";
  }
  NetworkSite site;
  site.source(Kind::kCsv, "list.csv", lines);
  ASSERT_TRUE(with_two(site).build());
  EXPECT_EQ(site.who("10.39.65.1"), "nobody");
  EXPECT_EQ(site.index->report.conflicts.size(), NetworkReport::kMaxConflicts);
  EXPECT_EQ(site.index->report.more_conflicts, 50u);
}

TEST(HostileLists, EachFormOfDamageIsNamedAndEndsSoon) {
  const std::string long_line(size_t{8} << 20, '"');
  std::string unclosed;
  for (int i = 0; i < 10'000; ++i) unclosed += "\"10.0.0.0/8,deere\n";
  const struct {
    std::string bytes;
    const char* expected;
  } cases[] = {
      {long_line, "list.csv:1:1: a line of 8388608 bytes, the limit is 4096"},
      {unclosed, "100 errors; the file is not read further"},
      {std::string("10.0.0.0/8\0,deere\n", 18), "is not a network"},
      {std::string("\xff\xfe"
                   "1\0,\0",
                   6),
       "list.csv:1:1: '1' is not a network"},
      {std::string(size_t{1} << 20, '\0'), "a line of 1048576 bytes"},
      {"\"10.0.0.0/8\"x,deere\n", "text after the quoted field"},
      {"10.0.0.0/8,deere,high,more\n", "a fourth field"},
  };
  for (const auto& c : cases) {
    NetworkSite site;
    site.source(Kind::kCsv, "list.csv", c.bytes);
    EXPECT_FALSE(with_two(site).build()) << c.expected;
    EXPECT_TRUE(says(site, c.expected)) << c.expected << "\n" << site.diagnostics.format().substr(0, 2000);
    EXPECT_LE(site.diagnostics.errors(), 101u);
    EXPECT_FALSE(says(site, std::string_view("\0", 1)));
  }
  NetworkSite good;
  good.source(Kind::kCsv, "list.csv", "\xef\xbb\xbfnetwork,account_id\r\n10.0.0.0/8,deere\r\n");
  ASSERT_TRUE(with_two(good).build()) << good.diagnostics.format();
  EXPECT_EQ(good.who("10.1.1.1"), "deere high csv 10.0.0.0/8");
}

TEST(HostileLists, TheWholeInternetIsTwoNetworks) {
  NetworkSite site;
  site.account("deere").asns = {1};
  site.options.max_as_addresses = UINT64_MAX;
  site.source(Kind::kAsn, "as.csv",
              "0.0.0.0,255.255.255.255,1,x\n::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,1,x\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("8.8.8.8"), "deere medium asn 0.0.0.0/0");
  EXPECT_EQ(site.index->report.claims, 2u);
}

TEST(HostileLists, AFileLargerThanTheLimitIsRefusedUnread) {
  NetworkSite site;
  for (const Kind kind : {Kind::kCsv, Kind::kExclude, Kind::kAsn, Kind::kMmdb}) {
    NetworkSource& source = site.source(kind, "large", "");
    source.match = "id";
    source.key = "k";
    ASSERT_EQ(::truncate(source.path.c_str(), off_t{10} << 30), 0);  // takes no space on disk
  }
  site.packed();
  const uint64_t added = memory_of([&] {
    Diagnostics diagnostics;
    if (build_networks(site.inputs, site.options, diagnostics) || diagnostics.errors() != 4) ::_exit(1);
  });
  EXPECT_LE(added, 4 * kMebibyte);
}

}  // namespace
}  // namespace abm::ipdb
