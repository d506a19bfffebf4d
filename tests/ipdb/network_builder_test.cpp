#include "ipdb/network_builder.h"

#include <map>

#include "tests/ipdb/network_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;
using Kind = NetworkSource::Kind;

TEST(NetworkBuilder, OrganizationsCompareWithoutCaseInEveryAlphabetHoweverTheyAreComposed) {
  NetworkSite site;
  site.account("post").organizations = {"Österreichische Post"};
  site.account("rostec").organizations = {"Ростех"};
  site.source(Kind::kAsn, "asn.csv",
              "203.0.113.0,203.0.113.255,64500,O\u0308STERREICHISCHE POST\n"
              "198.18.0.0,198.18.0.255,64501,РОСТЕХ\n198.19.0.0,198.19.0.255,64502,Osterreichische Post\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("203.0.113.9"), "post medium asn 203.0.113.0/24");
  EXPECT_EQ(site.who("198.18.0.1"), "rostec medium asn 198.18.0.0/24");
  EXPECT_EQ(site.who("198.19.0.1"), "nobody");
}

TEST(NetworkBuilder, EverySourceIdentifiesWithItsOwnConfidence) {
  NetworkSite site;
  site.account("deere").networks = {"164.121.0.0/16", "2620:0:1cfe::/48"};
  site.account("acme").asns = {64500};
  site.account("globex").organizations = {"globex, \"INC\""};
  site.account("initech");
  site.source(Kind::kCsv, "networks.csv",
              "network,account_id,confidence\n192.0.2.0/25,initech,low\n192.0.2.128/25,initech\n");
  site.source(
      Kind::kAsn, "asn.csv",
      "203.0.113.0,203.0.113.255,64500,Acme\n198.18.0.0,198.18.2.255,64501,\"Globex, \"\"Inc\"\"\"\n"
      "198.19.0.0,198.19.0.255,64502,Somebody\n2a00:1::,2a00:1:ffff:ffff:ffff:ffff:ffff:ffff,64500,Acme\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("164.121.3.4"), "deere high feed 164.121.0.0/16");
  EXPECT_EQ(site.who("::ffff:164.121.3.4"), "deere high feed 164.121.0.0/16");
  EXPECT_EQ(site.who("2620:0:1cfe::1"), "deere high feed 2620:0:1cfe::/48");
  EXPECT_EQ(site.who("192.0.2.1"), "initech low csv 192.0.2.0/25");
  EXPECT_EQ(site.who("192.0.2.200"), "initech high csv 192.0.2.128/25");
  EXPECT_EQ(site.who("203.0.113.9"), "acme medium asn 203.0.113.0/24");
  EXPECT_EQ(site.who("2a00:1::9"), "acme medium asn 2a00:1::/32");
  EXPECT_EQ(site.who("198.18.2.1"), "globex medium asn 198.18.2.0/24");
  EXPECT_EQ(site.who("198.19.0.1"), "nobody");
  const auto& sources = site.index->report.sources;
  ASSERT_EQ(sources.size(), 3u);
  EXPECT_EQ(sources[0].mapped, 2u);
  EXPECT_EQ(sources[1].entries, 2u);
  EXPECT_EQ(sources[1].accounts, 1u);
  EXPECT_EQ(sources[2].entries, 4u);
  EXPECT_EQ(sources[2].mapped, 3u);
  EXPECT_EQ(sources[2].accounts, 2u);
}

TEST(NetworkBuilder, StrengthBeatsLength) {
  NetworkSite site;
  site.account("deere").networks = {"10.1.0.0/16"};
  site.account("acme").asns = {64500};
  site.source(Kind::kAsn, "asn.csv", "10.0.0.0,10.255.255.255,64500,Acme\n10.1.2.0,10.1.2.255,64500,Acme\n");
  site.source(Kind::kExclude, "exclude.csv", "network,kind\n10.1.2.0/24,education\n10.2.0.0/16,crawler\n");
  site.options.max_as_addresses = 1u << 25;
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("10.1.3.3"), "deere high feed 10.1.3.0/24");  // the feed beats AS numbers
  EXPECT_EQ(site.who("10.1.2.3"), "education 10.1.2.0/24");        // and what is carved out of it, the feed
  EXPECT_EQ(site.who("10.2.3.4"), "crawler 10.2.0.0/16");          // an exclusion beats AS numbers
  EXPECT_EQ(site.who("10.3.0.1"), "acme medium asn 10.3.0.0/16");
}

TEST(NetworkBuilder, AmongEqualsTheLongestPrefixWins) {
  NetworkSite site;
  site.account("deere").networks = {"10.0.0.0/8"};
  site.account("acme").networks = {"10.1.0.0/16"};
  site.account("globex");
  site.source(Kind::kCsv, "n.csv", "10.1.2.0/24,globex,low\n10.0.0.0/7,globex\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("10.9.0.1").substr(0, 5), "deere");
  EXPECT_EQ(site.who("10.1.9.1").substr(0, 4), "acme");
  EXPECT_EQ(site.who("10.1.2.1"), "globex low csv 10.1.2.0/24");
  EXPECT_EQ(site.who("11.1.2.1").substr(0, 6), "globex");
}

TEST(NetworkBuilder, EquallyStrongClaimsIdentifyNeitherAndNameBothPlaces) {
  NetworkSite site;
  site.account("deere").networks = {"10.0.0.0/8", "10.1.0.0/16"};
  site.account("acme").networks = {"10.1.0.0/16"};
  site.account("globex").networks = {"10.1.5.0/24"};
  site.source(Kind::kCsv, "n.csv", "172.16.0.0/12,deere\n\n172.16.0.0/12,acme\n172.16.0.0/12,deere\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("10.1.2.3"), "nobody");  // and not deere through its /8
  EXPECT_EQ(site.who("10.2.2.3").substr(0, 5), "deere");
  EXPECT_EQ(site.who("10.1.5.3").substr(0, 6), "globex");  // longer, and uncontested
  EXPECT_EQ(site.who("172.16.0.1"), "nobody");
  const auto& conflicts = site.index->report.conflicts;
  ASSERT_EQ(conflicts.size(), 2u);
  EXPECT_EQ(conflicts[0].network.to_string(), "172.16.0.0/12");
  EXPECT_EQ(conflicts[0].first_place, "n.csv:1");
  EXPECT_EQ(conflicts[0].second_place, "n.csv:3");
  EXPECT_EQ(conflicts[1].first_account, "deere");
  EXPECT_EQ(conflicts[1].first_place, "accounts.ndjson:2");
  EXPECT_EQ(conflicts[1].second_place, "accounts.ndjson:3");
  EXPECT_EQ(site.diagnostics.warnings(), 2u);
}

TEST(NetworkBuilder, AnAsNumberOfTwoAccountsIsOneConflictForAllItsNetworks) {
  NetworkSite site;
  site.account("deere").asns = {64500};
  site.account("acme").asns = {64500};
  site.source(Kind::kAsn, "asn.csv", "10.0.0.0,10.0.0.255,64500,X\n10.2.0.0,10.2.2.255,64500,X\n");
  ASSERT_TRUE(site.build());
  EXPECT_EQ(site.who("10.0.0.1"), "nobody");
  ASSERT_EQ(site.index->report.conflicts.size(), 1u);
  EXPECT_EQ(site.index->report.conflicts[0].networks, 3u);
  EXPECT_NE(site.diagnostics.format().find("accounts.ndjson:3 by asn.csv:"), std::string::npos)
      << site.diagnostics.format();
}

TEST(NetworkBuilder, TheSameAccountTwiceIsNotAConflictAndTheSurerClaimCounts) {
  NetworkSite site;
  site.account("deere").asns = {64500};
  site.accounts().back().organizations = {"X"};
  site.source(Kind::kCsv, "n.csv", "10.0.0.0/8,deere,low\n10.0.0.0/8,deere,medium\n10.0.0.0/8,deere,low\n");
  site.source(Kind::kAsn, "asn.csv", "192.0.2.0,192.0.2.255,64500,x\n");
  ASSERT_TRUE(site.build());
  EXPECT_TRUE(site.index->report.conflicts.empty());
  EXPECT_EQ(site.who("10.0.0.1"), "deere medium csv 10.0.0.0/8");
  EXPECT_EQ(site.who("192.0.2.1"), "deere medium asn 192.0.2.0/24");
}

TEST(NetworkGuard, AccountWithTooManyAddressesLosesItsAsNetworks) {
  for (const bool over : {false, true}) {
    NetworkSite site;
    site.account("telco").asns = {64500, 64501};
    site.accounts().back().networks = {"10.9.0.0/24"};
    site.account("deere").asns = {64502};
    // Exactly 2^22 addresses over both numbers; one more exceeds the limit. IPv6 does not count.
    site.source(
        Kind::kAsn, "asn.csv",
        std::string("10.0.0.0,10.31.255.255,64500,T\n10.32.0.0,10.63.255.255,64501,T\n") +
            "2a00::,2a0f:ffff:ffff:ffff:ffff:ffff:ffff:ffff,64500,T\n192.0.2.0,192.0.2.255,64502,D\n" +
            (over ? "10.64.0.0,10.64.0.0,64501,T\n" : ""));
    ASSERT_TRUE(site.build());
    EXPECT_EQ(site.who("10.1.0.1"), over ? "nobody" : "telco medium asn 10.0.0.0/13");
    EXPECT_EQ(site.who("2a00::1"), over ? "nobody" : "telco medium asn 2a00::/12");
    EXPECT_EQ(site.who("10.9.0.1"), "telco high feed 10.9.0.0/24");
    EXPECT_EQ(site.who("192.0.2.1").substr(0, 5), "deere");
    ASSERT_EQ(site.index->report.left_out.size(), over ? 1u : 0u);
    if (!over) continue;
    const NetworkLeftOut& left_out = site.index->report.left_out[0];
    EXPECT_EQ(left_out.account, "telco");
    EXPECT_EQ(left_out.place, "accounts.ndjson:2");
    EXPECT_EQ(left_out.networks, 4u);
    EXPECT_NE(left_out.reason.find("4194305 IPv4 addresses"), std::string::npos) << left_out.reason;
    EXPECT_EQ(site.diagnostics.warnings(), 1u);
  }
}

TEST(NetworkGuard, TheLimitMoves) {
  NetworkSite site;
  site.account("deere").asns = {64500};
  site.source(Kind::kAsn, "asn.csv", "10.0.0.0,10.0.0.255,64500,D\n");
  site.options.max_as_addresses = 255;
  ASSERT_TRUE(site.build());
  EXPECT_EQ(site.who("10.0.0.1"), "nobody");
}

TEST(NetworkGuard, AccountThatAnotherSourceCallsAProviderLosesItsAsNetworks) {
  const struct {
    const char* exclusion;
    bool left_out;
  } cases[] = {{"10.0.0.0/24,isp", true},
               {"10.0.0.128/25,hosting", true},
               {"10.0.0.0/8,vpn", true},
               {"10.0.0.0/24,education", false},
               {"10.0.0.0/24,crawler", false},
               {"10.0.1.0/24,isp", false},
               {"9.0.0.0/8,isp\n11.0.0.0/8,isp", false},
               {"10.1.2.3/32,vpn", true},
               {"::/0,isp", false}};
  for (const auto& c : cases) {
    NetworkSite site;
    site.account("deere").asns = {64500};
    site.accounts().back().networks = {"10.1.0.0/16"};
    site.source(Kind::kAsn, "asn.csv", "10.0.0.0,10.0.0.255,64500,D\n192.0.2.0,192.0.2.255,64500,D\n");
    site.source(Kind::kExclude, "exclude.csv", c.exclusion);
    ASSERT_TRUE(site.build());
    EXPECT_EQ(site.who("192.0.2.1"), c.left_out ? "nobody" : "deere medium asn 192.0.2.0/24") << c.exclusion;
    const bool carved = std::string_view(c.exclusion) == "10.1.2.3/32,vpn";
    EXPECT_EQ(site.who("10.1.2.3"), carved ? "vpn 10.1.2.3/32" : "deere high feed 10.1.0.0/16")
        << c.exclusion;
    EXPECT_EQ(site.who("10.1.2.4").substr(0, 15), "deere high feed") << c.exclusion;
    EXPECT_EQ(site.index->report.left_out.size(), c.left_out ? 1u : 0u) << c.exclusion;
    if (c.left_out) {
      EXPECT_NE(site.index->report.left_out[0].reason.find("exclude.csv:1 calls"), std::string::npos)
          << site.index->report.left_out[0].reason;
    }
  }
}

TEST(NetworkBuilder, AllBadLinesOfAllSourcesAreReportedAtOnce) {
  NetworkSite site;
  site.account("deere").networks = {"10.0.0.1/8"};
  site.source(Kind::kCsv, "n.csv",
              "10.0.0.1/8,deere\n10.0.0.0/8\n10.0.0.0/8,deere,sure\n10.0.0.0/8,deere,low,x\n");
  site.source(Kind::kExclude, "e.csv", "10.0.0.0/8,ips\nx,isp\n10.0.0.0/8,isp,y\n");
  site.source(
      Kind::kAsn, "a.csv",
      "1.0.0.0,x,1,A\n1.0.0.9,1.0.0.1,1,A\n1.0.0.0,2001::,1,A\n1.0.0.0,1.0.0.1,-1,A\n1.0.0.0,1.0.0.1\n");
  site.source(Kind::kCsv, "missing.csv", std::nullopt);
  EXPECT_FALSE(site.build());
  const std::string all = site.diagnostics.format();
  for (const char* expected :
       {"accounts.ndjson:2: account 'deere': '10.0.0.1/8' has bits set",
        "n.csv:1:1: '10.0.0.1/8' has bits set", "n.csv:2:11: 1 of the fields 'network,account_id'",
        "n.csv:3:18: 'sure' is not a confidence", "n.csv:4:22: a fourth field",
        "e.csv:1:12: 'ips' is not a kind, did you mean 'isp'?", "e.csv:2:1: 'x' is not a net",
        "e.csv:3:16: a third field", "a.csv:1:9: 'x' is not an address", "a.csv:2:9: '1.0.0.1' is before",
        "a.csv:3:9: '2001::' is not of range_start's family", "a.csv:4:17: '-1' is not an AS number",
        "a.csv:5:16: 2 of the", "missing.csv"}) {
    EXPECT_NE(all.find(expected), std::string::npos) << expected << "\n" << all;
  }
}

TEST(NetworkBuilder, AccountsThatTheFeedLacksAndExclusionsWithoutAPlaceAreWarnings) {
  NetworkSite site;
  site.account("deere").networks = {"164.121.0.0/16"};
  site.source(Kind::kCsv, "n.csv", "10.0.0.0/8,gone\n");
  site.source(Kind::kExclude, "e.csv", "2002:a479::/32,vpn\n2001::/32,vpn\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.diagnostics.warnings(), 2u);
  const std::string all = site.diagnostics.format();
  EXPECT_NE(all.find("n.csv:1:12: warning: no account 'gone' in the feed"), std::string::npos) << all;
  EXPECT_NE(
      all.find(
          "e.csv:1:1: warning: network '2002:a479::/32' is left out: it lies in 2002::/16, an alias of IPv4"),
      std::string::npos)
      << all;
  EXPECT_EQ(site.who("10.0.0.1"), "nobody");
}

TEST(NetworkBuilder, SameInputsGiveTheSameBytesAndHash) {
  const auto make = [](const char* network, uint64_t epoch) {
    NetworkSite site;
    site.account("deere").networks = {network};
    site.account("acme").asns = {1};
    site.source(Kind::kAsn, "asn.csv", "1.0.0.0,1.0.5.255,1,A\n");
    site.options.build_epoch = epoch;
    EXPECT_TRUE(site.build());
    const auto hash = hash_network_inputs(site.inputs, site.options);
    EXPECT_TRUE(hash.ok());
    EXPECT_EQ(*hash, site.index->inputs);
    return std::pair(site.index->bytes, site.index->inputs.sha256.hex());
  };
  EXPECT_EQ(make("10.0.0.0/8", 1), make("10.0.0.0/8", 1));
  EXPECT_NE(make("10.0.0.0/8", 1).first, make("10.0.0.0/8", 2).first);
  EXPECT_EQ(make("10.0.0.0/8", 1).second, make("10.0.0.0/8", 2).second);
  EXPECT_NE(make("10.0.0.0/8", 1).second, make("10.0.0.0/9", 1).second);
}

TEST(NetworkBuilder, InputHashTellsFieldsApart) {
  std::map<std::string, int> hashes;
  const auto hash = [&](auto&& change) {
    NetworkSite site;
    site.account("a");
    change(site);
    ++hashes[hash_network_inputs(site.packed(), site.options)->sha256.hex()];
  };
  hash([](NetworkSite&) {});
  hash([](NetworkSite& s) { s.accounts()[0].networks = {"10.0.0.0/8"}; });
  hash([](NetworkSite& s) { s.accounts()[0].domains = {"10.0.0.0/8"}; });
  hash([](NetworkSite& s) { s.accounts()[0].organizations = {"10.0.0.0/8"}; });
  hash([](NetworkSite& s) { s.accounts()[0].organizations = {"10.0.0.0", "/8"}; });
  hash([](NetworkSite& s) { s.accounts()[0].asns = {1}; });
  hash([](NetworkSite& s) { s.account("b"); });
  hash([](NetworkSite& s) { s.options.max_as_addresses = 1; });
  hash([](NetworkSite& s) { s.options.special = SpecialNetworks::kRefused; });
  hash([](NetworkSite& s) { s.source(Kind::kCsv, "x", "10.0.0.0/8,a\n"); });
  hash([](NetworkSite& s) { s.source(Kind::kExclude, "x", "10.0.0.0/8,a\n"); });
  hash([](NetworkSite& s) { s.source(Kind::kCsv, "x", "10.0.0.0/8,a"); });
  EXPECT_EQ(hashes.size(), 12u);
}

TEST(NetworkBuilder, ReportsItsProgress) {
  NetworkSite site;
  site.account("deere").asns = {1};
  std::string rows;
  for (uint32_t i = 0; i < 20'000; ++i) {
    const std::string ip = IpAddress::v4(0x0a000000u + 512 * i).to_string();
    rows += ip + "," + ip + ",1,A\n";
  }
  site.source(Kind::kAsn, "asn.csv", rows);
  std::map<std::string, int> phases;
  site.options.progress = [&](std::string_view phase, uint64_t done, uint64_t total) {
    EXPECT_LE(done, total);
    ++phases[std::string(phase)];
  };
  ASSERT_TRUE(site.build());
  EXPECT_GE(phases["reading asn.csv"], 4);
  EXPECT_GE(phases["painting networks"], 1);
  EXPECT_EQ(phases["writing the index"], 2);
}

}  // namespace
}  // namespace abm::ipdb
