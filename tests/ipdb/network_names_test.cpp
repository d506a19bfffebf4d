// Organizations that sources spell otherwise than accounts do: taken only where there is one answer.
#include "ipdb/network_names.h"

#include "tests/ipdb/network_testing.h"

namespace abm::ipdb {
namespace {

using namespace testing;
using Kind = NetworkSource::Kind;
using Verdict = NetworkName::Verdict;

TEST(NetworkNames, ANameThatIsSpelledInOneOtherWayIsTaken) {
  NetworkSite site;
  site.account("deere").organizations = {"DEERE AND CO"};
  site.source(
      Kind::kAsn, "asn.csv",
      "203.0.113.0,203.0.113.255,64500,Deere & Company\n198.18.0.0,198.18.0.255,64501,Deere & Company\n"
      "198.19.0.0,198.19.0.255,64502,Deere Ltd\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("203.0.113.9"), "deere medium asn 203.0.113.0/24");
  EXPECT_EQ(site.who("198.18.0.1"), "deere medium asn 198.18.0.0/24");
  EXPECT_EQ(site.who("198.19.0.1"), "nobody");
  EXPECT_EQ(site.diagnostics.warnings(), 0u) << site.diagnostics.format();
  const NetworkReport& report = site.index->report;
  ASSERT_EQ(report.names.size(), 1u);
  EXPECT_EQ(report.names[0].verdict, Verdict::kTaken);
  EXPECT_EQ(report.names[0].organization, "DEERE AND CO");
  ASSERT_EQ(report.names[0].found.size(), 1u);
  EXPECT_EQ(report.names[0].found[0].organization, "Deere & Company");
  EXPECT_EQ(report.names[0].found[0].asns, (std::vector<uint32_t>{64500, 64501}));
  EXPECT_EQ(report.sources[1].mapped, 2u);
  EXPECT_EQ(report.sources[1].accounts, 1u);
  EXPECT_EQ(report.had[0], kAsClaim);
}

TEST(NetworkNames, SeveralSpellingsMayBeSeveralCompaniesAndAreNobodys) {
  NetworkSite site;
  site.account("acme").organizations = {"Acme Incorporated"};
  site.source(Kind::kAsn, "v4.csv", "203.0.113.0,203.0.113.255,64500,\"Acme, Inc.\"\n");
  site.source(Kind::kAsn, "v6.csv", "2a00:1::,2a00:1:ffff:ffff:ffff:ffff:ffff:ffff,64501,The Acme INC\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("203.0.113.9"), "nobody");
  EXPECT_EQ(site.who("2a00:1::9"), "nobody");
  EXPECT_EQ(
      site.diagnostics.format(),
      "accounts.ndjson:2: warning: account 'acme': organization 'Acme Incorporated' is spelled in 2 other ways, "
      "'Acme, Inc.' (AS 64500), 'The Acme INC' (AS 64501): it may be several companies', and identifies nobody; "
      "`abmctl coverage --suggest` shows their AS numbers\n");
  EXPECT_EQ(site.index->report.names[0].verdict, Verdict::kSeveral);
  EXPECT_EQ(site.index->report.sources[1].left_out, 1u);
  EXPECT_EQ(site.index->report.had[0], kUnusableName);
}

TEST(NetworkNames, ANameOfTwoAccountsIsNeithers) {
  NetworkSite site;
  site.account("one").organizations = {"Acme Incorporated"};
  site.account("two").organizations = {"ACME, Inc"};
  site.source(Kind::kAsn, "asn.csv", "203.0.113.0,203.0.113.255,64500,Acme Inc.\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("203.0.113.9"), "nobody");
  EXPECT_EQ(site.diagnostics.warnings(), 2u);
  EXPECT_NE(site.diagnostics.format().find(
                "account 'one': organization 'Acme Incorporated' is also that of account "
                "'two', but for its spelling; it identifies neither"),
            std::string::npos)
      << site.diagnostics.format();
  EXPECT_EQ(site.index->report.names[1].rival, "one");
}

TEST(NetworkNames, WhereASourceSpellsItAsTheAccountDoesNothingElseIsTaken) {
  NetworkSite site;
  site.account("one").organizations = {"Acme Incorporated"};
  site.account("two").organizations = {"ACME, Inc"};
  site.account("deere").organizations = {"Deere & Company"};
  site.source(Kind::kAsn, "asn.csv",
              "203.0.113.0,203.0.113.255,64500,\"acme, inc\"\n198.18.0.0,198.18.0.255,64501,DEERE AND CO\n"
              "198.19.0.0,198.19.0.255,64502,DEERE & COMPANY\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("203.0.113.9"), "two medium asn 203.0.113.0/24");
  EXPECT_EQ(site.who("198.19.0.1"), "deere medium asn 198.19.0.0/24");
  EXPECT_EQ(site.who("198.18.0.1"), "nobody");
  EXPECT_EQ(site.diagnostics.warnings(), 0u) << site.diagnostics.format();
  ASSERT_EQ(site.index->report.names.size(), 1u);
  EXPECT_EQ(site.index->report.names[0].verdict, Verdict::kBeside);
}

TEST(NetworkNames, AnAsNumberThatTheAccountHasAnywayIsNoQuestionOfSpelling) {
  NetworkSite site;
  OwnedAccount& deere = site.account("deere");
  deere.asns = {64500};
  deere.organizations = {"Deere and Co"};
  site.source(Kind::kAsn, "asn.csv", "203.0.113.0,203.0.113.255,64500,Deere & Company\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("203.0.113.9"), "deere medium asn 203.0.113.0/24");
  EXPECT_TRUE(site.index->report.names.empty());
}

TEST(NetworkNames, TheGuardLooksAtWhatWasTakenByName) {
  NetworkSite site;
  site.account("telco").organizations = {"Telco Company"};
  site.source(Kind::kAsn, "asn.csv", "30.0.0.0,30.255.255.255,64500,\"Telco, Co.\"\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("30.1.2.3"), "nobody");
  ASSERT_EQ(site.index->report.left_out.size(), 1u);
  EXPECT_EQ(site.index->report.left_out[0].account, "telco");
}

TEST(NetworkNames, AFileOfAsNumbersAddsThemWhereverItStands) {
  NetworkSite site;
  site.account("deere");
  site.account("acme").asns = {64501};
  site.source(Kind::kAsn, "asn.csv",
              "203.0.113.0,203.0.113.255,64500,Whoever\n198.18.0.0,198.18.0.255,64501,Acme\n");
  site.source(
      Kind::kAsNumbers, "numbers.csv",
      "# looked at on 2026-11-29\nasn,account_id,organization\nAS64500,deere,Whoever\n64502,gone,Nobody\n");
  ASSERT_TRUE(site.build()) << site.diagnostics.format();
  EXPECT_EQ(site.who("203.0.113.9"), "deere medium asn 203.0.113.0/24");
  EXPECT_EQ(site.who("198.18.0.1"), "acme medium asn 198.18.0.0/24");
  EXPECT_EQ(site.diagnostics.format(),
            "numbers.csv:4:7: warning: no account 'gone' in the feed; the AS number identifies nobody\n"
            "  64502,gone,Nobody\n        ^\n");
  const NetworkSourceReport& source = site.index->report.sources[2];
  EXPECT_EQ(source.kind, "as_numbers");
  EXPECT_EQ(source.entries, 2u);
  EXPECT_EQ(source.mapped, 1u);
  EXPECT_EQ(site.index->report.had[0], kAsClaim | kHasAsNumbers);
  const auto hash = hash_network_inputs(site.packed(), site.options);
  ASSERT_TRUE(hash.ok());
  EXPECT_EQ(*hash, site.index->inputs);
}

TEST(NetworkNames, BadLinesOfAFileOfAsNumbersAreNamed) {
  NetworkSite site;
  site.account("deere");
  site.source(Kind::kAsNumbers, "numbers.csv",
              "AS,deere\n0,deere\n99999999999,deere\n1\n1,deere,Deere,more\n");
  EXPECT_FALSE(site.build());
  EXPECT_EQ(site.diagnostics.errors(), 5u) << site.diagnostics.format();
}

}  // namespace
}  // namespace abm::ipdb
