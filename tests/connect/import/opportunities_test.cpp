#include "connect/import/opportunities.h"
#include "connect/import/opportunity_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include <fmt/format.h>

namespace abm::connect {
namespace {

using generation::AccountSource;
using generation::SourceKind;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kNow = 1'795'996'800;  // 2026-11-30
constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kNov1 = 1'793'491'200'000;

class Opportunities : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / fmt::format("abm-deals-{}", ::getpid());
    std::filesystem::create_directories(folder_);
    for (const char* id : {"deere", "maersk"}) matcher_.add_account(id);
    matcher_.add_domain("deere.com", "deere");
    matcher_.add_domain("maersk.com", "maersk");
    matcher_.add_crm_id("101", "deere");
    matcher_.add_crm_id("0015e00002aBcDe", "deere");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  AccountSource& add(const std::string& name, const std::string& text, SourceKind kind = SourceKind::kCsv) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    AccountSource source;
    source.kind = kind;
    source.from = folder_ / name;
    return sources_.emplace_back(source);
  }
  /// What was read; its error in error_.
  const OpportunitySet& run() {
    OpportunityRequest request;
    request.sources = sources_;
    request.settings = &settings_;
    request.accounts = &matcher_;
    request.now = kNow;
    request.name_of = [](const AccountSource& source) {
      return std::filesystem::path(source.from).filename().string();
    };
    auto read = read_opportunities(request);
    error_ = read.ok() ? "" : read.message();
    set_ = read.ok() ? std::move(*read) : OpportunitySet{};
    EXPECT_EQ(set_.rows, set_.opportunities.size() + set_.left_out);
    return set_;
  }
  std::string fails() {
    run();
    EXPECT_NE(error_, "");
    return error_;
  }
  const Opportunity& deal(std::string_view id) const {
    for (const Opportunity& found : set_.opportunities) {
      if (found.id == id) return found;
    }
    ADD_FAILURE() << "no opportunity " << id;
    static const Opportunity kNone;
    return kNone;
  }

  std::filesystem::path folder_;
  std::vector<AccountSource> sources_;
  generation::OutcomesInput settings_;
  AccountMatcher matcher_;
  OpportunitySet set_;
  std::string error_;
};

TEST_F(Opportunities, ReadsHubspotsExport) {
  add("deals.csv",
      "Record ID,Deal Name,Deal Stage,Amount,Currency,Create Date,Close Date,Deal Type,Associated Company IDs,Associated "
      "Company\n"
      "1,Big one,Closed Won (Sales Pipeline),\"$1,234.50\",USD,2026-11-01 09:00,2026-11-11 10:00,New Business,101,Deere\n"
      "2,Next,Appointment Scheduled (Sales Pipeline),,USD,2026-11-02 09:00,2026-12-24 10:00,Existing Business,999;998,Other\n"
      "3,Gone,Closed Lost (Sales Pipeline),10,USD,2026-11-03 09:00,2026-11-05 10:00,Renewal,101,Deere\n");
  const OpportunitySet& set = run();
  ASSERT_EQ(set.opportunities.size(), 3u) << error_;
  EXPECT_THAT(set.sources, ElementsAre("deals.csv (HubSpot)"));
  EXPECT_EQ(set.currency, "USD");
  EXPECT_TRUE(set.has_types);
  const Opportunity& won = deal("1");
  EXPECT_EQ(won.account, "deere");
  EXPECT_EQ(won.company, "Deere");
  EXPECT_EQ(won.name, "Big one");
  EXPECT_EQ(won.stage, "Closed Won (Sales Pipeline)");
  EXPECT_EQ(won.state, DealState::kWon);
  EXPECT_EQ(won.type, DealType::kNew);
  EXPECT_EQ(won.created_ms, kNov1 + 9 * 3'600'000);
  EXPECT_EQ(won.closed_ms, kNov1 + 10 * kDayMs + 10 * 3'600'000);
  EXPECT_EQ(won.amount, 1234.5);
  const Opportunity& open = deal("2");
  EXPECT_EQ(open.state, DealState::kOpen);
  EXPECT_EQ(open.type, DealType::kExpansion);
  EXPECT_FALSE(open.closed_ms.has_value());
  EXPECT_FALSE(open.amount.has_value());
  EXPECT_EQ(open.account, "");
  EXPECT_EQ(deal("3").state, DealState::kLost);
  EXPECT_EQ(deal("3").type, DealType::kRenewal);
  ASSERT_EQ(set.unmatched.size(), 1u);
  EXPECT_EQ(set.unmatched[0].company, "Other");
  EXPECT_EQ(set.unmatched[0].told_by, "CRM ids 999, 998");
  EXPECT_EQ(set.matched_by_crm_id, 2u);
  // The expected close of an open one says nothing about when the export was made.
  EXPECT_EQ(set.as_of_ms, kNov1 + 10 * kDayMs + 10 * 3'600'000);
  EXPECT_THAT(set.remarks, Contains(HasSubstr("have no offset, and are taken as UTC")));
}

TEST_F(Opportunities, ReadsHubspotsOwnNamesAndUnixMilliseconds) {
  add("deals.csv",
      "hs_object_id,dealname,dealstage,amount,deal_currency_code,createdate,closedate,hs_is_closed,hs_is_closed_won,dealtype,"
      "hs_primary_associated_company,Associated Company IDs\n"
      "1,A,98127,123.456,EUR,1793491200000,1793577600000,true,true,newbusiness,101,101;555\n"
      "2,B,98128,1,EUR,1793491200000,,true,false,existingbusiness,,101\n"
      "3,C,98129,1,EUR,1793491200000,,false,false,,,\n");
  run();
  EXPECT_EQ(deal("1").state, DealState::kWon);
  EXPECT_EQ(deal("1").account, "deere");
  EXPECT_EQ(deal("1").closed_ms, kNov1 + kDayMs);
  EXPECT_EQ(deal("2").state, DealState::kLost);
  EXPECT_EQ(deal("2").account, "deere");
  EXPECT_EQ(deal("3").state, DealState::kOpen);
  EXPECT_EQ(deal("1").amount, 123'456.0);  // a file's dot with three digits; no other amount says otherwise
  EXPECT_THAT(set_.remarks, Contains(HasSubstr("amounts such as 5.000 are read as thousands")));
}

TEST_F(Opportunities, ReadsSalesforcesReportWithItsTitleAndFooter) {
  add("report.csv",
      "Opportunities of the year\n\n"
      "Opportunity ID;Account ID;Account Name;Opportunity Name;Stage;Amount;Amount Currency;Created Date;Close Date;Closed;Won;Type\n"
      "0065e00002aBcDe;0015e00002aBcDe;Deere;One;Signed;1.234,50;EUR;1.11.2026;30.11.2026;1;1;Existing Customer - Upgrade\n"
      "0065e00002aBcDf;0015e00002aBcDeAAK;Deere;Two;Dropped;2;EUR;02.11.2026;3.11.2026;1;0;\n"
      "\n"
      "Grand Totals (2 records)\nConfidential Information - Do Not Distribute\n"
      "Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved.\n");
  const OpportunitySet& set = run();
  ASSERT_EQ(set.opportunities.size(), 2u) << error_;
  EXPECT_EQ(set.rows, 2u);
  EXPECT_THAT(set.sources, ElementsAre("report.csv (Salesforce)"));
  EXPECT_EQ(set.opportunities[0].id.size(), 18u);
  EXPECT_EQ(set.opportunities[0].state, DealState::kWon);
  EXPECT_EQ(set.opportunities[0].type, DealType::kExpansion);
  EXPECT_EQ(set.opportunities[0].amount, 1234.5);
  EXPECT_EQ(set.opportunities[1].state, DealState::kLost);
  EXPECT_EQ(set.matched_by_crm_id, 2u);
}

TEST_F(Opportunities, TakesNoLineOfAReportsFooterForARow) {
  add("report.csv",
      "Opportunity ID,Account ID,Opportunity Name,Stage,Amount,Amount Currency,Created Date\n"
      "0065e00002aBcDe,0015e00002aBcDe,One,Signed,1,EUR,2026-11-01\n"
      "\n\nDeals of the year\nCopyright (c) 2000-2026 salesforce.com, inc. All rights reserved.\n"
      "Confidential Information - Do Not Distribute\n\"Generated By:  Ana Lyst  5/19/2026, 9:14 AM\"\nAcme GmbH\n");
  const OpportunitySet& set = run();
  ASSERT_EQ(set.opportunities.size(), 1u) << error_;
  EXPECT_EQ(set.rows, 1u);
  EXPECT_EQ(set.left_out, 0u);
  EXPECT_THAT(set.remarks, Contains(HasSubstr("lines of a report's footer are left out")));
}

TEST_F(Opportunities, ReadsSalesforcesGermanLabelsAndTellsWhatItDoesNotKnow) {
  add("bericht.csv",
      "Opportunity-ID;Account-ID;Accountname;Opportunity-Name;Phase;Betrag;Betrag Währung;Erstelldatum;Schlusstermin;"
      "Geschlossen;Gewonnen;Vertriebsregion\n"
      "0065e00002aBcDe;0015e00002aBcDe;Deere;Eins;Signed;5;CHF;01.11.2026;30.11.2026;1;1;Nord\n");
  const OpportunitySet& set = run();
  ASSERT_EQ(set.opportunities.size(), 1u) << error_;
  EXPECT_EQ(set.currency, "CHF");
  EXPECT_EQ(set.opportunities[0].company, "Deere");
  EXPECT_EQ(set.opportunities[0].state, DealState::kWon);
  EXPECT_EQ(set.opportunities[0].closed_ms, kNov1 + 29 * kDayMs);
  EXPECT_THAT(set.remarks, Contains(HasSubstr("columns that are not read: 'Vertriebsregion'")));
}

TEST_F(Opportunities, ReadsSalesforcesOwnNames) {
  add("soql.csv",
      "Id,AccountId,Account.Name,Account.Website,Name,StageName,Amount,CurrencyIsoCode,CreatedDate,CloseDate,IsClosed,IsWon,Type\n"
      "0065e00002aBcDeAAK,0019999999999zz,Maersk,http://www.maersk.com,M,Prospecting,5,EUR,2026-11-01T00:00:00.000+0000,2026-12-01,"
      "false,false,New Customer\n");
  run();
  ASSERT_EQ(set_.opportunities.size(), 1u) << error_;
  EXPECT_EQ(set_.opportunities[0].account, "maersk");
  EXPECT_EQ(set_.opportunities[0].created_ms, kNov1);
  EXPECT_EQ(set_.matched_by_domain, 1u);
}

TEST_F(Opportunities, ReadsDemandbasesExport) {
  add("db.csv",
      "External Opportunity ID,Opportunity Name,Account Name,Account Domain,Create Date,Close Date,Opportunity Stage,Revenue\n"
      "x1,One,Deere,deere.com,2026-11-01,2026-11-09,Closed Won,\"$5,000\"\n");
  run();
  EXPECT_THAT(set_.sources, ElementsAre("db.csv (Demandbase)"));
  EXPECT_EQ(deal("x1").account, "deere");
  EXPECT_EQ(deal("x1").amount, 5000.0);
  EXPECT_EQ(set_.currency, "USD");
}

TEST_F(Opportunities, ReadsAnybodysInOtherLanguagesAndEncodings) {
  add("a.csv",
      "\xef\xbb\xbf"
      "Firma;Domain;Phase;Betrag (EUR);Erstellt am;Abschlussdatum;Typ\n"
      "Deere;deere.com;Gewonnen;5.000,00;1.11.2026;5.11.2026;Verlängerung\n");
  add("b.csv",
      "Entreprise;Site web;\xc9tape;Montant;Date de cr\xe9"
      "ation\nMaersk;maersk.com;Perdu;7;2026-11-02\n");
  run();
  ASSERT_EQ(set_.opportunities.size(), 2u) << error_;
  EXPECT_EQ(set_.opportunities[0].state, DealState::kWon);
  EXPECT_EQ(set_.opportunities[0].type, DealType::kRenewal);
  EXPECT_EQ(set_.opportunities[0].id, "a.csv:2");
  EXPECT_EQ(set_.opportunities[1].state, DealState::kLost);
  EXPECT_EQ(set_.currency, "EUR");
  EXPECT_THAT(set_.remarks, Contains(HasSubstr("amounts that state no currency are taken for EUR: 1")));
  EXPECT_THAT(set_.remarks, Contains(HasSubstr("b.csv is not UTF-8, and read as Windows-1252")));
}

TEST_F(Opportunities, WhatTheSiteSaysOfStagesAndTypesComesFirst) {
  settings_.stages = {{"signed", "won"}, {"Duplicate", "ignore"}, {"Closed Won", "open"}};
  settings_.types = {{"Upsell", "renewal"}, {"Test", "ignore"}};
  add("a.csv",
      "id,domain,stage,created,is_closed,is_won,type\n"
      "1,deere.com,SIGNED,2026-11-01,false,false,upsell\n2,deere.com,Duplicate,2026-11-01,true,true,\n"
      "3,deere.com,Closed Won,2026-11-01,true,true,\n4,deere.com,x,2026-11-01,true,true,Test\n"
      "5,deere.com,Verbal,2026-11-01,,,Gift\n6,deere.com,,2026-11-01,,,\n7,deere.com,Ended,2026-11-01,yes,,\n");
  run();
  EXPECT_EQ(deal("1").state, DealState::kWon);
  EXPECT_EQ(deal("1").type, DealType::kRenewal);
  EXPECT_EQ(deal("3").state, DealState::kOpen);
  EXPECT_EQ(deal("5").state, DealState::kOpen);
  EXPECT_EQ(deal("7").state, DealState::kLost);
  EXPECT_EQ(set_.left_out, 2u);
  EXPECT_THAT(set_.remarks,
              Contains(HasSubstr("stage 'Duplicate' is to be ignored: rows are left out: 1 (a.csv:3:1)")));
  EXPECT_THAT(
      set_.remarks,
      Contains(HasSubstr("stage 'Verbal' says neither open, won nor lost: 1 opportunity is taken for open")));
  EXPECT_THAT(set_.remarks, Contains(HasSubstr("type 'Gift' says neither new, expansion nor renewal")));
  EXPECT_THAT(set_.remarks, Contains(HasSubstr("without a stage: 1 opportunity")));
}

TEST_F(Opportunities, HasNoTypesWhereNothingSaysOne) {
  add("a.csv", "id,domain,stage,created,type\n1,deere.com,open,2026-11-01,Web\n");
  run();
  EXPECT_FALSE(set_.has_types);
}

TEST_F(Opportunities, TwoCurrenciesAreAnErrorWithBothPlaces) {
  add("a.csv",
      "id,domain,stage,amount,currency,created\n1,deere.com,won,5,EUR,2026-11-01\n2,deere.com,won,,USD,2026-11-01\n"
      "3,deere.com,won,5,usd,2026-11-01\n");
  EXPECT_THAT(
      fails(),
      HasSubstr(
          "a.csv:4:17: this amount is in USD, the one in a.csv:2:17 in EUR: amounts are compared in one "
          "currency and never converted"));
  settings_.currency = "EUR";
  const OpportunitySet& set = run();
  EXPECT_EQ(set.opportunities.size(), 2u);  // one without an amount has no currency
  EXPECT_THAT(
      set.remarks,
      Contains(HasSubstr("amount in USD, not in EUR: opportunities are left out, nothing is converted: 1 "
                         "(a.csv:4:1 ('3'))")));
}

TEST_F(Opportunities, ADollarSignIsTheDollarOfItsColumn) {
  add("a.csv",
      "id,domain,stage,amount,currency,created\n1,deere.com,won,$5,CAD,2026-11-01\n2,deere.com,won,€5,CAD,2026-11-01\n");
  run();
  EXPECT_EQ(set_.currency, "CAD");
  EXPECT_EQ(deal("1").amount, 5.0);
  EXPECT_FALSE(deal("2").amount.has_value());
  EXPECT_THAT(set_.remarks, Contains(HasSubstr("an amount with two currencies does not count: 1 (a.csv:3:")));
}

TEST_F(Opportunities, ADollarSignIsTheDollarThatTheSiteDeclares) {
  for (const char* currency : {"CAD", "AUD", "SGD", "USD"}) {
    sources_.clear();
    settings_.currency = currency;
    add("a.csv",
        "id,domain,stage,amount,created\n1,deere.com,won,\"$1,000\",2026-11-01\n2,deere.com,won,500 $,2026-11-01\n");
    run();
    EXPECT_EQ(deal("1").amount, 1000.0) << currency;
    EXPECT_EQ(deal("2").amount, 500.0) << currency;
    EXPECT_EQ(set_.currency, currency);
  }
  // The sign of a column of currencies, or of the header, is as loose.
  settings_.currency = "CAD";
  sources_.clear();
  add("a.csv", "id,domain,stage,amount,currency,created\n1,deere.com,won,5,$,2026-11-01\n");
  add("b.csv", "id,domain,stage,amount ($),created\n2,deere.com,won,6,2026-11-01\n");
  run();
  EXPECT_EQ(deal("1").amount, 5.0);
  EXPECT_EQ(deal("2").amount, 6.0);
  EXPECT_THAT(set_.remarks, Contains(HasSubstr("is taken for CAD, as 'outcomes: currency' says: 2")));
  // What is stated by three letters is what it says, and a dollar is no euro.
  sources_.clear();
  add("a.csv", "id,domain,stage,amount,created\n1,deere.com,won,USD 5,2026-11-01\n");
  EXPECT_EQ(run().left_out, 1u);
  EXPECT_THAT(set_.remarks, Contains(HasSubstr("the only opportunity was left out")));
  settings_.currency = "EUR";
  sources_.clear();
  add("a.csv",
      "id,domain,stage,amount,created\n1,deere.com,won,$5,2026-11-01\n2,deere.com,won,$5,2026-11-01\n");
  EXPECT_EQ(run().left_out, 2u);
  EXPECT_THAT(set_.remarks, Contains(HasSubstr("all 2 opportunities were left out")));
}

TEST_F(Opportunities, TheDealsCurrencyIsNotThatOfConvertedAmounts) {
  const std::string hubspot =
      "Record ID,Deal Name,Deal Stage,Weighted amount in company currency,Amount,Amount in company currency,Currency,Create Date,"
      "Associated Company IDs\n"
      "1,x,Closed Won,9,100,90,USD,2026-11-01,101\n2,y,Closed Won,8,80,80,EUR,2026-11-01,101\n";
  add("deals.csv", hubspot);
  EXPECT_THAT(fails(), HasSubstr("map: { amount: Amount in company currency }"));
  sources_[0].map = {
      {.field = "amount", .columns = {"Amount in company currency"}, .times = 1, .read = {}, .at = {}}};
  for (const char* currency : {"", "EUR"}) {
    settings_.currency = currency;
    run();
    EXPECT_EQ(deal("1").amount, 90.0) << error_;
    EXPECT_EQ(deal("2").amount, 80.0) << error_;
    EXPECT_EQ(set_.currency, currency);
  }
  settings_.currency.clear();
  for (const char* header : {"Amount in company currency", "amount_in_home_currency"}) {
    sources_.clear();
    add("deals.csv",
        fmt::format("Record ID,dealname,dealstage,{},Currency,Create Date,Associated Company IDs\n"
                    "1,x,Closed Won,100,USD,2026-11-01,101\n2,y,Closed Won,80,EUR,2026-11-01,101\n",
                    header));
    run();
    EXPECT_EQ(deal("1").amount, 100.0) << header << error_;
    EXPECT_EQ(set_.currency, "") << header;
  }
}

TEST_F(Opportunities, ACurrencyBelongsToItsAmountWhereverItStands) {
  add("report.csv",
      "Opportunity ID,Opportunity Name,Stage,Amount Currency,Amount (converted) Currency,Amount (converted),Created "
      "Date,Account Website\n006000000000001,x,Closed Won,USD,EUR,100,2026-11-01,deere.com\n");
  EXPECT_EQ(run().currency, "EUR") << error_;
  sources_.clear();
  add("report.csv",
      "Opportunity ID,Opportunity Name,Stage,Amount (converted) Currency,Amount (converted),Amount Currency,Amount,"
      "Created Date,Account Website\n006000000000001,x,Closed Won,EUR,100,USD,110,2026-11-01,deere.com\n");
  EXPECT_EQ(run().currency, "USD") << error_;
  EXPECT_EQ(set_.opportunities.at(0).amount, 110.0);
  sources_.clear();
  auto& mapped = add(
      "a.csv", "id,domain,stage,currency,ARR Currency,ARR,created\n1,deere.com,won,USD,CHF,7,2026-11-01\n");
  mapped.map = {{.field = "amount", .columns = {"ARR"}, .times = 1, .read = {}, .at = {}}};
  EXPECT_EQ(run().currency, "CHF") << error_;
  mapped.map.push_back({.field = "currency", .columns = {"currency"}, .times = 1, .read = {}, .at = {}});
  EXPECT_EQ(run().currency, "USD") << error_;
}

TEST_F(Opportunities, TheSameExportTwiceIsReadOnce) {
  const std::string text =
      "domain,stage,amount,created\ndeere.com,won,5,2026-11-01\ndeere.com,open,6,2026-11-02\n";
  add("a.csv", text);
  add("b.csv", text);
  sources_.push_back(sources_[0]);
  sources_.back().from = folder_ / "." / "a.csv";
  const OpportunitySet& set = run();
  EXPECT_EQ(set.opportunities.size(), 2u) << error_;
  EXPECT_EQ(set.sources.size(), 1u);
  EXPECT_THAT(set.remarks, Contains(HasSubstr("b.csv is the same export as a.csv: it is read once")));
  EXPECT_THAT(set.remarks, Contains("a.csv is named more than once: it is read once"));
  // The one with a map says how it is to be read.
  sources_[1].map = {{.field = "amount", .columns = {"amount"}, .times = 1000, .read = {}, .at = {}}};
  EXPECT_EQ(run().opportunities.size(), 2u) << error_;
  EXPECT_EQ(deal("b.csv:2").amount, 5000.0);
  // One byte more is another export.
  add("c.csv", text + "\n");
  EXPECT_EQ(run().opportunities.size(), 4u);
}

TEST_F(Opportunities, IdsThatASpreadsheetCutAreAnError) {
  const auto told = [&](std::string_view id, std::string_view crm) {
    sources_.clear();
    add("a.csv", fmt::format("id,crm id,stage,created\n{},{},open,2026-11-01\n", id, crm));
    run();
    return error_;
  };
  EXPECT_THAT(told("1.23457E+11", "101"),
              HasSubstr("a.csv:2:1: the id '1.23457E+11' in 'id' is a rounded number: a "
                        "spreadsheet cut the ids"));
  EXPECT_THAT(told("1", "\"1,23457E+11\""), HasSubstr("a.csv:2:3: the id '1,23457E+11' in 'crm id'"));
  EXPECT_THAT(told("2E+10", ""), HasSubstr("cut the ids"));
  for (const char* id : {"123457000000", "E+11", "ab1e+11", "1.5", "0065e00002aBcDe", "1e11", "12E+3x"})
    EXPECT_EQ(told(id, "101"), "") << id;
}

TEST_F(Opportunities, TheRowThatWasModifiedLastCountsWhereverItStands) {
  const std::string head = "id,domain,stage,amount,created,last modified\n",
                    older = "1,deere.com,open,300,2026-11-05,2026-11-06\n",
                    newer = "1,deere.com,won,100,2026-11-05,2026-11-20\n",
                    undated = "1,deere.com,lost,50,2026-11-05,\n";
  for (const std::string& rows : {older + newer, newer + older, undated + newer, newer + undated + older}) {
    sources_.clear();
    add("a.csv", head + rows);
    run();
    EXPECT_EQ(deal("1").amount, 100.0) << rows;
    EXPECT_EQ(set_.as_of_ms, kNov1 + 19 * kDayMs) << rows;
  }
  EXPECT_THAT(set_.remarks,
              Contains(HasSubstr("a row that was modified later, which counts, are left out: 2")));
  // Of sources, too; one that does not say when corrects those before it.
  sources_.clear();
  add("a.csv", head + newer);
  add("b.csv", head + older);
  run();
  EXPECT_EQ(deal("1").amount, 100.0);
  sources_.clear();
  add("a.csv", head + newer);
  add("b.csv", "id,domain,stage,amount,created\n1,deere.com,won,7,2026-11-05\n");
  run();
  EXPECT_EQ(deal("1").amount, 7.0);
  // How far the export reaches is what any row says.
  EXPECT_EQ(set_.as_of_ms, kNov1 + 19 * kDayMs);
}

TEST_F(Opportunities, APersonsMailAddressIsNowhere) {
  add("a.csv",
      "id,company,email,crm id,stage,created,amount\n1,joe@gmail.com,joe@gmail.com,,open,2026-11-01,1\n"
      "2,\"Joe <joe@other.com>\",joe@other.com,,open,2026-11-01,1\n3,,joe@gmail.com,,open,2026-11-01,1\n"
      "4,,mailto:joe@web.de,joe@x.com,open,2026-11-01,joe@gmail.com\n5,,,,open,joe@gmail.com,\n");
  const OpportunitySet& set = run();
  EXPECT_EQ(set.opportunities.size(), 4u) << error_;
  std::string all;
  for (const Opportunity& one : set.opportunities) all += one.company + "\n";
  for (const UnmatchedCompany& one : set.unmatched) all += one.company + " " + one.told_by + "\n";
  for (const std::string& remark : set.remarks) all += remark + "\n";
  EXPECT_EQ(all.find("joe@"), std::string::npos) << all;
  EXPECT_THAT(all, HasSubstr("Joe <other.com>"));
  EXPECT_THAT(all, HasSubstr("'gmail.com', which is a free-mail provider's"));
}

TEST_F(Opportunities, ADateThatCannotBeReadIsNotCalledMissing) {
  for (const char* date : {"45601", "11/5/24", "05-Nov-24", "2026-02-30", "someday"}) {
    sources_.clear();
    add("a.csv", fmt::format("id,domain,stage,created\n1,deere.com,open,{}\n", date));
    EXPECT_EQ(run().left_out, 1u);
    EXPECT_THAT(set_.remarks,
                Contains(fmt::format(
                    "rows whose date of creation is not a date are left out: 1 (a.csv:2:18 ('{}'))", date)));
    EXPECT_THAT(set_.remarks, Not(Contains(HasSubstr("without a date"))));
  }
  sources_.clear();
  add("a.csv",
      "id,domain,stage,created\n1,deere.com,open,2026-11-05 25:00\n2,deere.com,open,2026-11-05 9:00 IST\n");
  EXPECT_EQ(run().left_out, 2u);
  EXPECT_THAT(set_.remarks, Contains(HasSubstr("date of creation is not a time of day are left out: 1")));
  EXPECT_THAT(set_.remarks, Contains(HasSubstr("date of creation has a time zone that is not known")));
}

TEST_F(Opportunities, AColumnOfDatesThatContradictsItselfIsAnErrorWithBothCells) {
  add("a.csv",
      "id,domain,stage,created,closed\n1,deere.com,won,2026-11-01,13/11/2026\n"
      "2,deere.com,won,2026-11-01,11/14/2026\n");
  EXPECT_THAT(
      fails(),
      HasSubstr("a.csv:2:28: '13/11/2026' has its day first, but '11/14/2026' in a.csv:3:28 its month: "
                "the dates of 'closed'"));
  // One that the map decides has no second order: the other cell is no date.
  sources_[0].map = {{.field = "closed", .columns = {"closed"}, .times = 1, .read = "date-dmy", .at = {}}};
  EXPECT_EQ(run().opportunities.size(), 2u) << error_;
  EXPECT_FALSE(deal("2").closed_ms.has_value());
}

TEST_F(Opportunities, ADateThatMayBeTwoIsDecidedByItsColumnOrNotAtAll) {
  auto& source =
      add("a.csv", "id,domain,stage,created\n1,deere.com,open,3/4/2026\n2,deere.com,open,5/6/2026\n");
  EXPECT_THAT(fails(),
              HasSubstr("a.csv:2:18: '3/4/2026' may be two dates, and no other cell of 'created' decides"));
  source.map = {{.field = "created", .columns = {"created"}, .times = 1, .read = "date-mdy", .at = {}}};
  run();
  EXPECT_EQ(deal("1").created_ms, 1'772'582'400'000);  // 4 March
  sources_.clear();
  add("a.csv", "id,domain,stage,created\n1,deere.com,open,3/4/2026\n2,deere.com,open,5/16/2026\n");
  run();
  EXPECT_EQ(deal("1").created_ms, 1'772'582'400'000);
  EXPECT_THAT(set_.remarks, Contains(HasSubstr("in 'created' the month comes first")));
  sources_.clear();
  add("a.csv", "id,domain,stage,created\n1,deere.com,open,3/4/2026\n2,deere.com,open,16/5/2026\n");
  run();
  EXPECT_EQ(deal("1").created_ms, 1'775'174'400'000);  // 3 April
}

TEST_F(Opportunities, AMarkThatMayBeTwoIsDecidedByItsColumn) {
  add("a.csv",
      "id,domain,stage,created,amount\n1,deere.com,open,2026-11-01,1.234\n2,deere.com,open,2026-11-01,99.5\n");
  run();
  EXPECT_EQ(deal("1").amount, 1.234);
  sources_.clear();
  add("a.csv",
      "id,domain,stage,created,amount\n1,deere.com,open,2026-11-01,1.234\n2,deere.com,open,2026-11-01,\"99,5\"\n");
  run();
  EXPECT_EQ(deal("1").amount, 1234.0);
}

TEST_F(Opportunities, TheLastRowOfAnOpportunityCounts) {
  add("a.csv",
      "id,domain,stage,created\n1,deere.com,open,2026-11-01\n1,deere.com,won,2026-11-01\n2,deere.com,won,2026-11-01\n"
      "0065e00002aBcDe,deere.com,open,2026-11-01\n");
  add("b.csv",
      "id,domain,stage,created\n2,deere.com,lost,2026-11-01\n0065e00002aBcDeAAK,deere.com,won,2026-11-01\n");
  const OpportunitySet& set = run();
  EXPECT_EQ(set.opportunities.size(), 3u);
  EXPECT_EQ(deal("1").state, DealState::kWon);
  EXPECT_EQ(deal("2").state, DealState::kLost);
  EXPECT_EQ(deal("0065e00002aBcDeAAK").state, DealState::kWon);
  EXPECT_EQ(set.rows, 6u);
  EXPECT_EQ(set.left_out, 3u);
  EXPECT_THAT(
      set.remarks,
      Contains(HasSubstr("has another row further down, which counts, are left out: 1 (a.csv:2:1 ('1'))")));
  EXPECT_THAT(set.remarks, Contains(HasSubstr("is in a later source, too, which counts, are left out: 2")));
}

TEST_F(Opportunities, WhatCannotBeIsLeftOutOrHasNoDateAndIsTold) {
  add("a.csv",
      "id,domain,stage,created,closed,amount\n1,deere.com,won,2026-11-10,2026-11-02,5\n2,deere.com,won,2026-12-24,,5\n"
      "3,deere.com,won,2026-11-10T15:00Z,2026-11-10,-5\n4,deere.com,won,,2026-11-10,5\n5,deere.com,lost,2026-11-10,2027-01-01,x\n"
      "6,deere.com,lost,2026-11-10,someday,1\n");
  const OpportunitySet& set = run();
  EXPECT_EQ(set.opportunities.size(), 4u);
  EXPECT_FALSE(deal("1").closed_ms.has_value());
  EXPECT_EQ(deal("3").closed_ms, deal("3").created_ms);  // the same day
  EXPECT_FALSE(deal("3").amount.has_value());
  EXPECT_FALSE(deal("5").closed_ms.has_value());
  EXPECT_FALSE(deal("5").amount.has_value());
  for (const char* told :
       {"closed before it was created: the date of closing does not count: 1 (a.csv:2:1 ('1'))",
        "created in the future: rows are left out: 1 (a.csv:3:1 ('2'))",
        "an amount that is below zero does not count: the opportunity has none: 1 (a.csv:4:",
        "rows without a date of creation are left out: 1 (a.csv:5:17)",
        "won or lost in the future: the date of closing does not count: 1 (a.csv:6:1 ('5'))",
        "an amount that is not a number does not count",
        "a date of 'closed' that is not a date does not count: 1 (a.csv:7:"})
    EXPECT_THAT(set.remarks, Contains(HasSubstr(told)));
  EXPECT_EQ(set.as_of_ms, kNov1 + 9 * kDayMs + 15 * 3'600'000);
}

TEST_F(Opportunities, UnmatchedCompaniesAreCountedByWhatWasLookedFor) {
  add("a.csv",
      "id,company,domain,stage,created,amount\n1,A,a.com,open,2026-11-01,5\n2,A,a.com,open,2026-11-01,6\n"
      "3,B,b.com,open,2026-11-01,900\n4,,joe@gmail.com,open,2026-11-01,\n5,Deere,deere.com,open,2026-11-01,\n");
  const OpportunitySet& set = run();
  ASSERT_EQ(set.unmatched.size(), 3u);
  EXPECT_EQ(set.unmatched[0].company, "A");
  EXPECT_EQ(set.unmatched[0].told_by, "domain a.com");
  EXPECT_EQ(set.unmatched[0].opportunities, 2u);
  EXPECT_EQ(set.unmatched[0].amount, 11.0);
  EXPECT_EQ(set.unmatched[1].company, "B");
  EXPECT_THAT(set.unmatched[2].told_by, HasSubstr("free-mail"));
  EXPECT_EQ(set.unmatched[2].company, "gmail.com");
  EXPECT_EQ(set.unmatched[2].told_by.find("joe"), std::string::npos);
  EXPECT_EQ(deal("5").company, "Deere");
  EXPECT_EQ(set.matched_by_domain, 1u);
}

TEST_F(Opportunities, SaysThatAListHasNoCrmIds) {
  matcher_ = {};
  matcher_.add_account("deere");
  add("a.csv", "id,account_id,stage,created\n1,555,open,2026-11-01\n");
  run();
  EXPECT_THAT(set_.remarks, Contains(HasSubstr("no CRM ids of listed accounts are known")));
  EXPECT_THAT(set_.remarks, Contains(HasSubstr("none of 1 opportunities is of a listed account")));
}

TEST_F(Opportunities, ATableWithoutWhatMattersIsRefused) {
  const auto error = [&](const std::string& text) {
    sources_.clear();
    add("a.csv", text);
    return fails();
  };
  EXPECT_THAT(error("id,domain,stage,amount\n1,deere.com,won,5\n"),
              HasSubstr("a.csv:1:1: no column says when an opportunity was created"));
  EXPECT_THAT(error("id,company,stage,created\n1,Deere,won,2026-11-01\n"),
              HasSubstr("no column says whose an opportunity is"));
  EXPECT_THAT(error("a,b\n1,2\n"), HasSubstr("these are no opportunities"));
  EXPECT_THAT(error(""), HasSubstr("the file is empty"));
  EXPECT_THAT(error("PK\x03\x04zip"), HasSubstr("this is a workbook"));
  EXPECT_THAT(error("id,domain,stage,created\n1,deere.com,won,2026-11-01\n2,deere.com"),
              HasSubstr("cut short"));
  EXPECT_THAT(error("id,domain,stage,created\n1,deere.com,\"won,2026-11-01\n"), HasSubstr("a.csv:2:"));
  sources_.clear();
  auto& source = add("a.csv", "id,domain,stage,created\n1,deere.com,won,2026-11-01\n");
  source.map = {{.field = "amount", .columns = {"Stagee"}, .times = 1, .read = {}, .at = {}}};
  EXPECT_THAT(fails(), HasSubstr("names the column 'Stagee', which is not there, did you mean 'stage'?"));
  sources_[0].from = folder_ / "none.csv";
  EXPECT_THAT(fails(), HasSubstr("none.csv"));
}

TEST_F(Opportunities, ACompanyWithoutANameIsCalledByItsDomainOrElseByItsId) {
  add("a.csv",
      "id,crm id,website,stage,created\n1,101,https://www.other.com/x,open,2026-11-01\n2,555,,open,2026-11-01\n"
      "3,,,open,2026-11-01\n");
  run();
  EXPECT_EQ(deal("1").company, "other.com");
  EXPECT_EQ(deal("2").company, "555");
  EXPECT_EQ(deal("3").company, "(no company)");
}

TEST_F(Opportunities, KnowsWordsForStagesAndTypes) {
  const DealWords words({}, {});
  const auto none = std::nullopt;
  for (const char* won :
       {"Closed Won", "closedwon", "CLOSED_WON", "6 - Closed Won", "100% Won", "Gewonnen", "Gagnée",
        "Closed won (Enterprise pipeline)", "Cerrada ganada", "Vinto", "Fechado ganho"})
    EXPECT_EQ(words.stage(won, none, none).state, DealState::kWon) << won;
  for (const char* lost :
       {"Closed Lost", "closedlost", "07 Closed Lost", "Verloren", "Perdu", "Perdida", "Chiuso perso"})
    EXPECT_EQ(words.stage(lost, none, none).state, DealState::kLost) << lost;
  for (const char* open :
       {"appointmentscheduled", "Contract Sent", "Negotiation/Review", "Id. Decision Makers", "Offen"})
    EXPECT_EQ(words.stage(open, none, none).reason, WordReason::kWord) << open;
  for (const char* unknown : {"", "Not won yet", "Won back?", "12345", "()", "Almost closed won"})
    EXPECT_EQ(words.stage(unknown, none, none).reason, WordReason::kNothing) << unknown;
  // What the CRM says is more than a word.
  EXPECT_EQ(words.stage("Closed Won", false, false).state, DealState::kOpen);
  EXPECT_EQ(words.stage("Closed Won", true, false).state, DealState::kLost);
  EXPECT_EQ(words.stage("Closed Won", none, false).state, DealState::kOpen);
  EXPECT_EQ(words.stage("Closed Lost", none, true).state, DealState::kWon);
  EXPECT_EQ(words.stage("Closed Won", true, none).state, DealState::kWon);
  EXPECT_EQ(words.stage("Ended", true, none).state, DealState::kLost);
  EXPECT_EQ(words.type("Existing Customer - Upgrade").type, DealType::kExpansion);
  EXPECT_EQ(words.type("existingbusiness").type, DealType::kExpansion);
  EXPECT_EQ(words.type("Vertragsverlängerung").type, DealType::kRenewal);
  EXPECT_EQ(words.type("New Logo").reason, WordReason::kWord);
  EXPECT_EQ(words.type("Web").reason, WordReason::kNothing);
}

TEST_F(Opportunities, TheMapComesFirst) {
  auto& source = add("a.csv", "nr,konto,was,wann,wieviel,stage\nn1,DEERE,Gewonnen,2026-11-01,5,open\n");
  const auto choice = [&](const char* field, std::vector<std::string> columns, double times = 1) {
    source.map.push_back(
        {.field = field, .columns = std::move(columns), .times = times, .read = {}, .at = {}});
  };
  choice("id", {"nr"});
  choice("account_id", {"konto"});
  choice("stage", {"was"});
  choice("created", {"wann"});
  choice("amount", {"wieviel"}, 1000);
  run();
  EXPECT_EQ(deal("n1").account, "deere") << error_;
  EXPECT_EQ(deal("n1").state, DealState::kWon);
  EXPECT_EQ(deal("n1").amount, 5000.0);
  EXPECT_EQ(set_.matched_by_id, 1u);
}

TEST_F(Opportunities, TheOrderOfRowsDoesNotMatter) {
  std::vector<std::string> rows;
  for (int i = 0; i < 200; ++i)
    rows.push_back(fmt::format("d{},{},{},{},2026-11-{:02}\n", i,
                               i % 3 == 0   ? "deere.com"
                               : i % 3 == 1 ? "maersk.com"
                                            : "x.com",
                               i % 2 == 0 ? "won" : "open", i * 7, i % 28 + 1));
  std::mt19937 random(7);
  std::vector<std::string> first;
  for (int round = 0; round < 4; ++round) {
    sources_.clear();
    std::string text = "id,domain,stage,amount,created\n";
    for (const std::string& row : rows) text += row;
    add("a.csv", text);
    run();
    std::vector<std::string> now;
    for (const Opportunity& found : set_.opportunities)
      now.push_back(fmt::format("{} {} {} {} {}", found.id, found.account, static_cast<int>(found.state),
                                found.created_ms, found.amount.value_or(-1)));
    now.push_back(fmt::format("{} {} {}", set_.as_of_ms, set_.unmatched.size(), set_.matched_by_domain));
    if (round == 0) first = now;
    EXPECT_EQ(now, first);
    std::shuffle(rows.begin(), rows.end(), random);
  }
}

TEST_F(Opportunities, ALiveTableIsCompleteUntilItWasAskedFor) {
  add("deals.csv",
      "Record ID,dealname,dealstage,amount,createdate,Associated Company IDs\n1,A,closedwon,123.456,2026-11-01T00:00:00Z,101\n",
      SourceKind::kHubspot);
  sources_[0].live.emplace();
  OpportunityRequest request;
  request.sources = sources_;
  request.accounts = &matcher_;
  request.now = kNow;
  request.asked_at = [](const AccountSource&) { return std::optional<int64_t>(kNow - 60); };
  auto set = read_opportunities(request);
  ASSERT_TRUE(set.ok()) << set.message();
  EXPECT_EQ(set->as_of_ms, (kNow - 60) * 1000);
  EXPECT_EQ(set->opportunities.at(0).amount, 123.456);  // a program's dot
  request.why_missing = [](const AccountSource&) { return std::string("was never read: run abmctl sync"); };
  EXPECT_EQ(read_opportunities(request).message(), "was never read: run abmctl sync");
}

}  // namespace
}  // namespace abm::connect
