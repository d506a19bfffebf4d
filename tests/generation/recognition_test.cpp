// By what accounts are recognised, and why they are not.
#include "generation/recognition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "generation/build.h"
#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::TemporaryFolder;
using testing::write_text;

class RecognitionOf : public ::testing::Test {
 protected:
  void SetUp() override {
    inputs_.feed = folder_ / "accounts.ndjson";
    inputs_.folder = folder_.path();
    inputs_.special = ipdb::SpecialNetworks::kAllowed;
  }
  void source(NetworkInput::Kind kind, std::string_view name, std::string_view text) {
    write_text(folder_ / name, text);
    NetworkInput& input = inputs_.networks.emplace_back();
    input.kind = kind;
    input.path = folder_ / name;
  }
  /// "asn", "identity domain-only", "nothing no-as-number no-domain", of the feed's only account.
  std::string recognised(std::string_view members, std::string_view others = "") {
    write_text(folder_ / "accounts.ndjson",
               fmt::format("{{\"abm\":\"accounts/1\",\"tenant\":\"t\",\"version\":1,\"generated_at\":"
                           "\"2026-11-22T03:33:20Z\"}}\n{{\"id\":\"a\",\"name\":\"A\"{}}}\n{}",
                           members, others));
    BuildOptions options;
    options.keep_accounts = true;
    diagnostics_ = {};
    const auto built = build(inputs_, options, diagnostics_);
    if (!built.has_value()) return diagnostics_.format();
    const Recogniser recognise(*built->generation, built->accounts, *built->networks,
                               recognition_sources(inputs_));
    const Recognition found = recognise(0);
    std::string text(kWayNames[static_cast<size_t>(found.way)]);
    for (const Why why : found.why) text += fmt::format(" {}", text_of(why).code);
    detail_ = found.detail;
    return text;
  }

  TemporaryFolder folder_;
  BuildInputs inputs_;
  Diagnostics diagnostics_;
  std::string detail_;
};

TEST_F(RecognitionOf, EveryWay) {
  EXPECT_EQ(recognised(R"(,"networks":["203.0.113.0/24"])"), "networks");
  EXPECT_EQ(recognised(R"(,"domains":["a.com"])"), "identity domain-only");
  EXPECT_EQ(recognised(""), "nothing no-as-number no-domain");
  EXPECT_EQ(recognised(R"(,"domains":["gmail.com"])"), "nothing no-as-number no-domain");
  EXPECT_EQ(recognised(R"(,"asns":[64500],"domains":["a.com"])"), "identity no-as-table");
  source(NetworkInput::Kind::kAsn, "asn.csv", "203.0.113.0,203.0.113.255,64500,Acme Inc\n");
  EXPECT_EQ(recognised(R"(,"asns":[64500])"), "asn");
  EXPECT_EQ(recognised(R"(,"organizations":["ACME, Incorporated"])"), "asn");
  EXPECT_EQ(recognised(R"(,"asns":[64501])"), "nothing not-in-table no-domain");
  source(NetworkInput::Kind::kAsNumbers, "numbers.csv", "64500,a\n");
  EXPECT_EQ(recognised(R"(,"domains":["a.com"])"), "asn");
}

TEST_F(RecognitionOf, ADomainOfTwoAccountsIsNobodys) {
  EXPECT_EQ(recognised(R"(,"domains":["a.com"])", R"({"id":"b","name":"B","domains":["a.com"]})"
                                                  "\n"),
            "nothing no-as-number no-domain");
}

TEST_F(RecognitionOf, WhatWasLostOnTheWay) {
  source(NetworkInput::Kind::kAsn, "asn.csv",
         "30.0.0.0,30.255.255.255,64500,Telco\n203.0.113.0,203.0.113.255,64501,Acme Inc\n"
         "198.18.0.0,198.18.0.255,64502,\"Acme, Inc\"\n");
  EXPECT_EQ(recognised(R"(,"asns":[64500])"), "nothing access-provider no-domain");
  EXPECT_THAT(detail_, HasSubstr("more than max_as_addresses (4194304)"));
  EXPECT_EQ(recognised(R"(,"asns":[64501])", R"({"id":"b","name":"B","asns":[64501]})"
                                             "\n"),
            "nothing contested no-domain");
  EXPECT_THAT(detail_, HasSubstr("203.0.113.0/24 of 'a'"));
  EXPECT_EQ(recognised(R"(,"organizations":["Acme Incorporated"],"domains":["a.com"])"),
            "identity ambiguous-name");
  EXPECT_EQ(detail_, "'Acme Incorporated'");
  source(NetworkInput::Kind::kExclude, "exclude.csv", "203.0.113.0/24,crawler\n");
  EXPECT_EQ(recognised(R"(,"networks":["203.0.113.0/24"])"), "nothing excluded-networks no-domain");
}

TEST_F(RecognitionOf, AOneToOneAccountThatCanNeverBeRecognisedIsWarnedOf) {
  recognised(R"(,"tier":"one-to-one","domains":["a.com"])");
  EXPECT_THAT(diagnostics_.format(),
              HasSubstr("accounts.ndjson:2: warning: account 'a' is one-to-one and can never be "
                        "recognised by a visitor's address: only a domain is known"));
  EXPECT_THAT(diagnostics_.format(), HasSubstr("[ABM018]"));
  recognised(R"(,"tier":"one-to-one")");
  EXPECT_THAT(diagnostics_.format(), HasSubstr("can never be recognised: neither networks nor an AS number"));
  for (const char* fine :
       {R"(,"tier":"one-to-few","domains":["a.com"])", R"(,"tier":"one-to-one","exclude":true)",
        R"(,"tier":"one-to-one","networks":["203.0.113.0/24"])"}) {
    recognised(fine);
    EXPECT_THAT(diagnostics_.format(), Not(HasSubstr("ABM018"))) << fine;
  }
  write_text(folder_ / "rules.yaml",
             "abm: rules/1\nsilence: [ABM018]\nrules:\n  - id: r\n    when: { path: / }\n"
             "    rewrite: { hero: { text: x } }\n");
  inputs_.rules = {"rules.yaml"};
  recognised(R"(,"tier":"one-to-one")");
  EXPECT_THAT(diagnostics_.format(), Not(HasSubstr("ABM018")));
}

TEST_F(RecognitionOf, ManyOfThemAreWarnedOfInOneLine) {
  std::string others;
  for (int i = 0; i < 60; ++i)
    others += fmt::format(R"({{"id":"b{}","name":"B","tier":"1:1","domains":["b{}.com"]}})"
                          "\n",
                          i, i);
  recognised("", others);
  size_t named = 0;
  for (const Diagnostic& diagnostic : diagnostics_.all()) named += diagnostic.code == "ABM018" ? 1 : 0;
  EXPECT_EQ(named, 11u);
  EXPECT_THAT(diagnostics_.format(), HasSubstr("50 more one-to-one accounts can never be recognised"));
}

}  // namespace
}  // namespace abm::generation
