// Exclusions inside, around and equal to what accounts list; sources with nothing in them.
#include "tests/ipdb/network_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;
using Kind = NetworkSource::Kind;

TEST(Carving, TheLongerPrefixWinsBetweenAnExclusionAndAnAccount) {
  for (const char* kind : {"vpn", "hosting", "crawler", "isp", "education"}) {
    NetworkSite site;
    site.account("deere").networks = {"164.121.3.0/24", "164.121.3.40/29"};
    site.source(Kind::kExclude, "e.csv", "164.121.3.32/27," + std::string(kind) + "\n164.121.0.0/16,isp\n");
    site.source(Kind::kCsv, "n.csv", "164.121.3.48/32,deere\n");
    ASSERT_TRUE(site.build()) << site.diagnostics.format();
    EXPECT_EQ(site.who("164.121.3.4"), "deere high feed 164.121.3.0/27")
        << kind;  // split by what is carved out
    EXPECT_EQ(site.who("164.121.3.33"), std::string(kind) + " 164.121.3.32/29");  // guest Wi-Fi
    EXPECT_EQ(site.who("164.121.3.41"), "deere high feed 164.121.3.40/29");  // and the account inside that
    EXPECT_EQ(site.who("164.121.3.48"), "deere high csv 164.121.3.48/32");
    EXPECT_EQ(site.who("164.121.9.9").substr(0, 3), "isp");
  }
}

TEST(Carving, OfEqualPrefixesTheExclusionWinsAndIsReported) {
  for (const char* kind : {"vpn", "crawler"}) {
    NetworkSite site;
    site.account("deere").networks = {"164.121.3.0/24", "2620:27::/48"};
    site.source(Kind::kExclude, "e.csv",
                "164.121.3.0/24," + std::string(kind) + "\n2620:27::/48," + kind + "\n");
    ASSERT_TRUE(site.build()) << site.diagnostics.format();
    EXPECT_EQ(site.who("164.121.3.4"), std::string(kind) + " 164.121.3.0/24");
    EXPECT_EQ(site.who("2620:27::1"), std::string(kind) + " 2620:27::/48");
    const std::string all = site.diagnostics.format();
    EXPECT_NE(all.find("nobody is identified"), std::string::npos) << all;
    EXPECT_NE(all.find("e.csv:1"), std::string::npos) << all;
    EXPECT_NE(all.find("accounts.ndjson:2"), std::string::npos) << all;
  }
}

TEST(Carving, AContestedNetworkInsideAnExclusionStillIdentifiesNobody) {
  NetworkSite site;
  site.account("deere").networks = {"164.121.3.0/24"};
  site.account("acme").networks = {"164.121.3.0/24"};
  site.source(Kind::kExclude, "e.csv", "164.121.0.0/16,isp\n164.121.3.128/25,vpn\n");
  ASSERT_TRUE(site.build());
  EXPECT_EQ(site.who("164.121.3.4"), "nobody");
  EXPECT_EQ(site.who("164.121.3.130"), "vpn 164.121.3.128/25");
}

TEST(EmptySources, AreErrorsThatSayWhatToDo) {
  for (const char* bytes :
       {"", "\n", "network,account_id\n", "# all of it\n#192.0.2.0/24,deere\n", "\xff\xfe"}) {
    for (const Kind kind : {Kind::kCsv, Kind::kExclude, Kind::kAsn}) {
      if (kind != Kind::kCsv && std::string_view(bytes).starts_with("network,account")) continue;
      NetworkSite site;
      site.account("deere").networks = {"164.121.0.0/16"};
      site.source(kind, "x.csv", bytes);
      EXPECT_FALSE(site.build());
      EXPECT_NE(
          site.diagnostics.format().find("x.csv: holds no entry: fill it, or take it out of `networks:`"),
          std::string::npos)
          << site.diagnostics.format();
    }
  }
  NetworkSite site;
  site.account("deere");
  NetworkSource& vendor = site.source(Kind::kMmdb, "v.mmdb", *MmdbWriter().finish(1, ""));
  vendor.key = "account";
  vendor.match = "id";
  EXPECT_FALSE(site.build());
  EXPECT_NE(site.diagnostics.format().find("v.mmdb: holds no entry"), std::string::npos)
      << site.diagnostics.format();
}

TEST(EmptySources, AFeedWithoutNetworksAndRangesOfNobodyAreNone) {
  NetworkSite site;
  site.account("deere").asns = {64500};
  site.source(Kind::kAsn, "asn.csv", "164.121.0.0,164.121.0.255,1,X\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_NE(site.diagnostics.format().find(
                "asn.csv: warning: none of its 1 ranges has an AS number or an organization of an account"),
            std::string::npos)
      << site.diagnostics.format();
}

TEST(InvisibleCharacters, InOrganizationsAreBlanksAndInIdsAreNamed) {
  NetworkSite site;
  site.account("deere").organizations = {"Deere & Company"};
  site.account("acme").organizations = {"Acme\xc2\xa0Tools"};
  site.source(Kind::kAsn, "asn.csv",
              "164.121.0.0,164.121.0.255,1,Deere\xc2\xa0& Company\n164.122.0.0,164.122.0.255,2,ACME Tools\n");
  site.source(Kind::kCsv, "n.csv",
              "164.123.0.0/16,de\xe2\x80\x8b"
              "ere\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("164.121.0.1").substr(0, 5), "deere");
  EXPECT_EQ(site.who("164.122.0.1").substr(0, 4), "acme");
  EXPECT_NE(site.diagnostics.format().find("it holds an invisible U+200B (zero width space) after 'de'"),
            std::string::npos)
      << site.diagnostics.format();
}

}  // namespace
}  // namespace abm::ipdb
