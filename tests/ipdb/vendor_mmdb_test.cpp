#include "ipdb/network_builder.h"
#include "tests/ipdb/network_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;
using Kind = NetworkSource::Kind;

NetworkSource& vendor(NetworkSite& site, const char* name, std::string bytes, const char* key,
                      const char* match, const char* confidence = "") {
  NetworkSource& source = site.source(Kind::kMmdb, name, std::move(bytes));
  source.key = key;
  source.match = match;
  source.confidence = confidence;
  return source;
}

// What a vendor's file says for every address: {"company": {"site": domain, "sure": …}}.
template <typename Sure>
std::string company(std::string_view domain, Sure&& sure) {
  return file_with_record([&](mmdb::DataWriter& d) {
    d.map(1);
    d.text("company");
    d.map(2);
    d.text("site");
    d.text(domain);
    d.text("sure");
    sure(d);
  });
}

TEST(VendorMmdb, DomainsMatchWhateverTheirSpelling) {
  for (const char* theirs : {"deere.com", "www.deere.com", "Shop.DEERE.com", "deere.com."}) {
    NetworkSite site;
    site.account("deere").domains = {"www.Deere.com"};
    vendor(site, "v.mmdb", company(theirs, [](auto& d) { d.text("medium"); }), "company.site", "domain",
           "company.sure");
    ASSERT_TRUE(site.build()) << site.diagnostics.format();
    EXPECT_EQ(site.who("8.8.8.8"), "deere medium mmdb 0.0.0.0/0") << theirs;
    EXPECT_EQ(site.who("2a00::1").substr(0, 17), "deere medium mmdb") << theirs;
  }
  NetworkSite site;
  site.account("mueller").domains = {"m\xc3\xbcller.de"};
  vendor(site, "v.mmdb", company("www.xn--mller-kva.de", [](auto& d) { d.text(""); }), "company.site",
         "domain", "high");
  ASSERT_TRUE(site.build());
  EXPECT_EQ(site.who("8.8.8.8"), "mueller high mmdb 0.0.0.0/0");
}

TEST(VendorMmdb, OtherDomainsOfTheSameSuffixDoNotMatch) {
  for (const char* theirs : {"johndeere.com", "deere.com.au", "com", "", "deere", "deere.example"}) {
    NetworkSite site;
    site.account("deere").domains = {"deere.com"};
    vendor(site, "v.mmdb", company(theirs, [](auto& d) { d.text("high"); }), "company.site", "domain");
    ASSERT_TRUE(site.build());
    EXPECT_EQ(site.who("8.8.8.8"), "nobody") << theirs;
    EXPECT_NE(site.diagnostics.format().find("matches any account by domain"), std::string::npos);
  }
}

TEST(VendorMmdb, ScoresBecomeLevelsInThirds) {
  const struct {
    double score;
    const char* level;
  } cases[] = {{0, "low"}, {33, "low"}, {34, "medium"}, {66, "medium"}, {67, "high"}, {100, "high"}};
  for (const auto& c : cases) {
    NetworkSite site;
    site.account("deere").domains = {"deere.com"};
    vendor(
        site, "v.mmdb",
        company("deere.com", [&](auto& d) { d.number(mmdb::Type::kUint16, static_cast<uint64_t>(c.score)); }),
        "company.site", "domain", "company.sure");
    ASSERT_TRUE(site.build());
    EXPECT_EQ(site.who("8.8.8.8"), "deere " + std::string(c.level) + " mmdb 0.0.0.0/0") << c.score;
  }
  for (const auto& [text, level] :
       {std::pair{"75", "high"}, {"high", "high"}, {"surely", "low"}, {"", "low"}}) {
    NetworkSite site;
    site.account("deere").domains = {"deere.com"};
    vendor(site, "v.mmdb", company("deere.com", [&](auto& d) { d.text(text); }), "company.site", "domain",
           "company.sure");
    ASSERT_TRUE(site.build());
    EXPECT_EQ(site.who("8.8.8.8"), "deere " + std::string(level) + " mmdb 0.0.0.0/0") << text;
  }
}

TEST(VendorMmdb, AnIndexOfOursIsAVendorFileToo) {
  MmdbWriter writer;
  writer.insert(prefix("10.0.0.0/8"),
                writer.add_record(account("deere", Source::kFeed, Confidence::kMedium)));
  writer.insert(prefix("10.1.0.0/16"), writer.add_record(account("acme")));
  writer.insert(prefix("2a00:1::/32"), writer.add_record(account("gone")));
  NetworkSite site;
  site.account("deere");
  site.account("acme").networks = {"10.0.0.0/9", "164.121.0.0/16"};
  vendor(site, "v.mmdb", *std::move(writer).finish(1, ""), "account", "id", "confidence");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("10.200.0.1"),
            "deere medium mmdb 10.128.0.0/9");  // the weakest source: the feed's /9 is painted over it
  EXPECT_EQ(site.who("10.1.0.1"), "acme high feed 10.0.0.0/9");
  EXPECT_EQ(site.who("2a00:1::1"), "nobody");
  EXPECT_EQ(site.who("2002:a479:304::1").substr(0, 4), "acme");  // our own alias, not the vendor's
  const NetworkSourceReport& report = site.index->report.sources[1];
  EXPECT_GT(report.entries, report.mapped);
  EXPECT_EQ(report.accounts, 2u);
}

TEST(VendorMmdb, GuardAppliesToAsNumbersOfAVendorFile) {
  const std::string bytes = file_with_record([](auto& d) { d.map(1), d.text("asn"), d.text("AS64500"); });
  for (const bool big : {false, true}) {
    NetworkSite site;
    site.account("telco").asns = {64500};
    vendor(site, "v.mmdb", bytes, "asn", "asn", "medium");
    site.options.max_as_addresses = big ? uint64_t{1} << 32 : (uint64_t{1} << 32) - 1;
    ASSERT_TRUE(site.build());
    EXPECT_EQ(site.who("8.8.8.8"), big ? "telco medium mmdb 0.0.0.0/0" : "nobody");
  }
}

TEST(VendorMmdb, TwoAccountsOfOneDomainIdentifyNeither) {
  NetworkSite site;
  site.account("deere").domains = {"deere.com"};
  site.account("deere-parts").domains = {"parts.deere.com"};
  vendor(site, "v.mmdb", company("deere.com", [](auto& d) { d.text("high"); }), "company.site", "domain");
  ASSERT_TRUE(site.build());
  EXPECT_EQ(site.who("8.8.8.8"), "nobody");
  ASSERT_EQ(site.index->report.conflicts.size(), 1u);
  EXPECT_EQ(site.index->report.conflicts[0].first_place, "accounts.ndjson:2 by v.mmdb");
}

TEST(VendorMmdb, WrongSettingsAndDamagedFilesAreErrors) {
  const std::string good = company("deere.com", [](auto& d) { d.text("high"); });
  const struct {
    std::string bytes;
    const char *key, *match, *confidence, *expected;
  } cases[] = {{good, "company.site", "domains", "", "'domains' is not a match, did you mean 'domain'?"},
               {good, "", "domain", "", "'' is not a field path"},
               {good, "company..site", "domain", "", "is not a field path"},
               {good, "company.site", "domain", "a.", "neither a confidence nor a field path"},
               {good.substr(0, good.size() / 2), "company.site", "domain", "", "v.mmdb: metadata:"},
               {"", "company.site", "domain", "", "metadata: the marker is missing"}};
  for (const auto& c : cases) {
    NetworkSite site;
    site.account("deere");
    vendor(site, "v.mmdb", c.bytes, c.key, c.match, c.confidence);
    EXPECT_FALSE(site.build());
    EXPECT_NE(site.diagnostics.format().find(c.expected), std::string::npos) << site.diagnostics.format();
  }
}

TEST(VendorMmdb, ReadsRealVendorShapes) {
  const auto folder = test_data("maxmind-db/test-data");
  if (!folder) GTEST_SKIP() << "no maxmind-db test data";
  NetworkSite site;
  site.account("maxmind").domains = {"maxmind.com"};
  site.account("fairpoint").domains = {"www.frpt.net"};
  site.account("telstra").organizations = {"TELSTRA internet"};
  site.account("att").asns = {7018};
  const auto bytes = [&](const char* name) { return bytes_of(*folder / name); };
  vendor(site, "domain", bytes("GeoIP2-Domain-Test.mmdb"), "domain", "domain", "medium");
  vendor(site, "enterprise", bytes("GeoIP2-Enterprise-Test.mmdb"), "traits.domain", "domain",
         "country.confidence");
  vendor(site, "isp", bytes("GeoIP2-ISP-Test.mmdb"), "isp", "organization", "low");
  vendor(site, "asn", bytes("GeoLite2-ASN-Test.mmdb"), "autonomous_system_number", "asn", "medium");
  site.options.max_as_addresses = uint64_t{1} << 30;  // these two are access providers
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("1.2.0.1").substr(0, 19), "maxmind medium mmdb");
  EXPECT_EQ(site.who("74.209.24.0").substr(0, 19), "fairpoint high mmdb");
  EXPECT_EQ(site.who("1.128.0.1").substr(0, 16), "telstra low mmdb");
  EXPECT_EQ(site.who("12.81.92.1").substr(0, 15), "att medium mmdb");
  EXPECT_EQ(site.who("203.0.113.1"), "nobody");
}

}  // namespace
}  // namespace abm::ipdb
