#include "ipdb/special_networks.h"

#include "tests/ipdb/network_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;
using Kind = NetworkSource::Kind;
using Verdict = NetworkVerdict::Kind;

TEST(SpecialNetworks, WhatIsNobodysInsideOrAroundIsTold) {
  const struct {
    const char* network;
    Verdict kind;
    const char* reason;
  } cases[] = {
      {"10.0.0.0/8", Verdict::kNobodys, "is private use (RFC 1918)"},
      {"10.1.2.3/32", Verdict::kNobodys, "is private use (RFC 1918)"},
      {"172.20.0.0/16", Verdict::kNobodys, "is private use (RFC 1918)"},
      {"192.168.0.0/16", Verdict::kNobodys, "is private use (RFC 1918)"},
      {"127.0.0.0/8", Verdict::kNobodys, "is loopback (RFC 1122)"},
      {"100.64.0.0/10", Verdict::kNobodys, "is shared by the customers of a provider (RFC 6598)"},
      {"169.254.0.0/16", Verdict::kNobodys, "is link-local (RFC 3927)"},
      {"224.0.0.0/4", Verdict::kNobodys, "is multicast (RFC 5771)"},
      {"255.255.255.255/32", Verdict::kNobodys, "is reserved (RFC 1112)"},
      {"0.0.0.0/8", Verdict::kNobodys, "is \"this network\" (RFC 791)"},
      {"0.0.0.0/0", Verdict::kTooWide, "is wider than /7, which no organisation's network is"},
      {"28.0.0.0/6", Verdict::kTooWide, "is wider than /7, which no organisation's network is"},
      {"192.0.0.0/8", Verdict::kNobodys, "contains 192.0.0.0/24, for protocols (RFC 6890)"},
      {"100.0.0.0/8", Verdict::kNobodys,
       "contains 100.64.0.0/10, shared by the customers of a provider (RFC 6598)"},
      {"203.0.112.0/23", Verdict::kExample, "contains 203.0.113.0/24, reserved for documentation (RFC 5737)"},
      {"198.51.100.128/25", Verdict::kExample, "is reserved for documentation (RFC 5737)"},
      {"198.18.7.0/24", Verdict::kExample, "is reserved for benchmarks (RFC 2544)"},
      {"::/0", Verdict::kTooWide, "is wider than /13, which no organisation's network is"},
      {"::1/128", Verdict::kNobodys, "is IPv4-compatible, loopback or unspecified (RFC 4291)"},
      {"fe80::/10", Verdict::kNobodys, "is link-local (RFC 4291)"},
      {"fd12:3456::/32", Verdict::kNobodys, "is unique-local (RFC 4193)"},
      {"ff02::/16", Verdict::kNobodys, "is multicast (RFC 4291)"},
      {"4000::/16", Verdict::kNobodys, "is outside 2000::/3, all of IPv6 that is handed out (IANA)"},
      {"64:ff9b::/96", Verdict::kNobodys, "is NAT64 (RFC 6052), which carries another party's address"},
      {"2001:0:a479::/48", Verdict::kNobodys, "is Teredo (RFC 4380), which carries the address of a server"},
      {"2001:db8:7::/48", Verdict::kExample, "is reserved for documentation (RFC 3849)"},
      {"2001:2::/48", Verdict::kExample, "is reserved for benchmarks (RFC 5180)"},
      {"2001:10::/28", Verdict::kNobodys, "is for protocols (RFC 2928)"},
      {"3fff:1::/32", Verdict::kExample, "is reserved for documentation (RFC 9637)"},
      {"164.121.0.0/16", Verdict::kOwn, ""},
      {"28.0.0.0/7", Verdict::kOwn, ""},
      {"17.0.0.0/8", Verdict::kOwn, ""},
      {"2620:27::/48", Verdict::kOwn, ""},
      {"2630::/16", Verdict::kOwn, ""}};
  for (const auto& c : cases) {
    const NetworkVerdict verdict = judge_network(prefix(c.network));
    EXPECT_EQ(verdict.kind, c.kind) << c.network;
    EXPECT_EQ(verdict.reason, c.reason) << c.network;
    const bool whole = verdict.reason.starts_with("is") && c.kind != Verdict::kExample;
    EXPECT_EQ(belongs_to_nobody(prefix(c.network)), whole) << c.network;
  }
}

TEST(SpecialNetworks, EntriesAreNetworksAndInnerOnesComeFirst) {
  const auto entries = special_networks();
  for (size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(entries[i].network.address.truncated(entries[i].network.length), entries[i].network.address);
    for (size_t j = 0; j < i; ++j) {
      EXPECT_FALSE(entries[j].network.length < entries[i].network.length &&
                   entries[j].network.contains(entries[i].network.address))
          << entries[i].network.to_string();
    }
  }
}

TEST(SpecialNetworks, AreRefusedInTheFeedAndInCsvsWithPlaceReasonAndRemedy) {
  NetworkSite site;
  site.options.special = SpecialNetworks::kRefused;
  site.account("deere").networks = {"164.121.0.0/16", "10.0.0.0/8", "2002:a479::/32"};
  site.source(Kind::kCsv, "n.csv",
              "network,account_id\n192.168.0.0/16,deere\n0.0.0.0/0,deere\n164.122.0.0/16,deere\n");
  EXPECT_FALSE(site.build());
  EXPECT_EQ(site.diagnostics.errors(), 4u);
  const std::string all = site.diagnostics.format();
  for (
      const char* expected :
      {"accounts.ndjson:2: account 'deere': network '10.0.0.0/8' is private use (RFC 1918): whoever comes from there may "
       "be anybody; for an intranet or a test, set `allow_special: true` in site.yaml",
       "accounts.ndjson:2: account 'deere': network '2002:a479::/32' is 6to4 (RFC 3056): name the IPv4 network, whose "
       "6to4 addresses are known with it; nobody is identified by it",
       "n.csv:2:1: network '192.168.0.0/16' is private use (RFC 1918)",
       "n.csv:3:1: network '0.0.0.0/0' is wider than /7, which no organisation's network is: it would identify "
       "everybody"}) {
    EXPECT_NE(all.find(expected), std::string::npos) << expected << "\n" << all;
  }
}

TEST(SpecialNetworks, AreUsedWhereTheyAreAllowedAndOnlyWarnedOfWhereNothingIsPublished) {
  for (const auto special : {SpecialNetworks::kAllowed, SpecialNetworks::kWarned}) {
    NetworkSite site;
    site.options.special = special;
    site.account("deere").networks = {"10.0.0.0/8"};
    ASSERT_TRUE(site.build());
    EXPECT_EQ(site.who("10.1.2.3"), "deere high feed 10.0.0.0/8");
    EXPECT_EQ(site.who("2002:a01:203::1"), "nobody");  // a 6to4 router's address is global (RFC 3056)
    EXPECT_EQ(site.diagnostics.warnings(), special == SpecialNetworks::kWarned ? 1u : 0u);
  }
  NetworkSite site;
  site.account("deere").networks = {"2001::/32"};
  EXPECT_FALSE(site.build());  // never of use, allowed or not
}

TEST(SpecialNetworks, DocumentationAndBenchmarksAreOneWarningForASource) {
  NetworkSite site;
  site.options.special = SpecialNetworks::kRefused;
  site.account("deere").networks = {"198.51.100.0/24", "2001:db8::/48"};
  site.account("acme").networks = {"198.18.0.0/24"};
  site.source(Kind::kCsv, "n.csv", "164.121.0.0/16,deere\n203.0.113.0/24,acme\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.diagnostics.warnings(), 2u);
  const std::string all = site.diagnostics.format();
  EXPECT_NE(
      all.find(
          "accounts.ndjson:2: warning: network '198.51.100.0/24' is reserved for documentation (RFC 5737), and "
          "2 more like it: no visitor comes from there"),
      std::string::npos)
      << all;
  EXPECT_NE(all.find("n.csv:2:1: warning: network '203.0.113.0/24'"), std::string::npos) << all;
  EXPECT_EQ(site.who("198.51.100.7"), "deere high feed 198.51.100.0/24");
}

TEST(SpecialNetworks, ExclusionsMayNameThemAndExcludingEverythingIsWarnedOf) {
  NetworkSite site;
  site.options.special = SpecialNetworks::kRefused;
  site.account("deere").networks = {"164.121.0.0/16"};
  site.source(Kind::kExclude, "e.csv", "10.0.0.0/8,isp\n0.0.0.0/0,vpn\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("10.1.2.3"), "isp 10.0.0.0/8");
  EXPECT_EQ(site.who("164.121.3.4"), "deere high feed 164.121.0.0/16");
  EXPECT_NE(site.diagnostics.format().find("e.csv:2:1: warning: '0.0.0.0/0' excludes every IPv4 address"),
            std::string::npos)
      << site.diagnostics.format();
}

TEST(SpecialNetworks, OfVendorsAndAsNumbersAreLeftOutAndCounted) {
  NetworkSite site;
  site.options.special = SpecialNetworks::kRefused;
  site.account("deere").asns = {64500};
  MmdbWriter writer;
  const uint32_t deere = writer.add_record(account("deere"));
  for (const char* network : {"10.0.0.0/8", "164.121.0.0/16", "fd00::/8", "172.0.0.0/9"})
    writer.insert(prefix(network), deere);
  NetworkSource& vendor = site.source(Kind::kMmdb, "v.mmdb", *std::move(writer).finish(1, ""));
  vendor.key = "account";
  vendor.match = "id";
  site.source(Kind::kAsn, "asn.csv",
              "192.168.0.0,192.168.0.255,64500,D\n192.168.255.0,192.169.0.255,64500,D\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.index->report.sources[1].left_out, 2u);
  EXPECT_EQ(site.index->report.sources[2].left_out, 2u);
  EXPECT_EQ(site.who("164.121.3.4").substr(0, 5), "deere");
  EXPECT_EQ(site.who("192.169.0.1").substr(0, 5), "deere");
  EXPECT_EQ(site.who("172.1.0.1").substr(0, 5), "deere");
  for (const char* ip : {"10.1.2.3", "192.168.0.1", "192.168.255.1", "fd00::1", "172.16.0.1"})
    EXPECT_EQ(site.who(ip), "nobody") << ip;  // the last one inside a larger network of the vendor
}

// What other writers alias: a vendor's tree may say the same for Teredo and NAT64 as for IPv4.
TEST(EmbeddedAddresses, IdentifyNobodyWhateverTheVendorsTreeSays) {
  MmdbWriter writer;
  const uint32_t deere = writer.add_record(account("deere"));
  for (const char* network : {"164.121.0.0/16", "2001:0:a479::/48", "64:ff9b::a479:0/112", "64:ff9b:1::/64"})
    writer.insert(prefix(network), deere);
  const std::string vendors = *std::move(writer).finish(1, "");
  NetworkSite site;
  site.options.special = SpecialNetworks::kRefused;
  site.account("deere");
  NetworkSource& vendor = site.source(Kind::kMmdb, "v.mmdb", vendors);
  vendor.key = "account";
  vendor.match = "id";
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.index->report.sources[1].left_out, 0u);
  // Our own index of an older version had the alias: the reader refuses, too.
  const auto older = open_bytes(vendors);
  ASSERT_TRUE(older.ok());
  for (const char* ip : {"2001:0:a479:304:8000:f227:5bfe:bdf8", "64:ff9b::164.121.3.4", "64:ff9b:1::1",
                         "::164.121.3.4", "::ffff:0:164.121.3.4"}) {
    EXPECT_EQ(site.who(ip), "nobody") << ip;
    EXPECT_FALSE(older->lookup(address(ip)).identified()) << ip;
  }
  EXPECT_EQ(site.who("164.121.3.4").substr(0, 5), "deere");
  EXPECT_EQ(site.who("::ffff:164.121.3.4").substr(0, 5), "deere");
  EXPECT_EQ(site.who("2002:a479:304::1").substr(0, 5), "deere");  // behind that very address
  EXPECT_EQ(older->lookup(address("2001:0:a479:304::1")).network.to_string(), "2001::/32");
}

TEST(EmbeddedAddresses, IsatapIsKnownByItsPrefixAlone) {
  NetworkSite site;
  site.account("deere").networks = {"164.121.0.0/16"};
  site.account("acme").networks = {"2620:27::/48"};
  ASSERT_TRUE(site.build());
  EXPECT_EQ(site.who("2620:27::200:5efe:164.121.3.4"), "acme high feed 2620:27::/48");
  EXPECT_EQ(site.who("2a00:1::5efe:164.121.3.4"), "nobody");
}

}  // namespace
}  // namespace abm::ipdb
