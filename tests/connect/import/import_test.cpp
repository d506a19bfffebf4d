#include "connect/import/import.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "accounts/feed.h"

namespace abm::connect {
namespace {

using generation::AccountSource;
using generation::SourceKind;

class Import : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / fmt::format("abm-import-{}", ::getpid());
    std::filesystem::create_directories(folder_);
    sources_.tenant = "acme-web";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  AccountSource& add(const std::string& name, const std::string& text, SourceKind kind = SourceKind::kCsv) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    AccountSource source;
    source.kind = kind;
    source.from = folder_ / name;
    return sources_.sources.emplace_back(source);
  }

  /// The merged lines; what went wrong if there are none.
  std::string run() {
    report_ = std::make_unique<ImportReport>("");
    Diagnostics diagnostics;
    std::string lines;
    ImportRequest request;
    request.sources = &sources_;
    request.now = 1'795'000'000;
    request.crm_ids = [this](std::string_view account, const std::vector<std::string>& ids) {
      crm_ids_.emplace_back(account, ids);
    };
    const auto imported =
        import_accounts(request, *report_, diagnostics, [&lines](std::string_view more) -> Result<void> {
          lines += more;
          return {};
        });
    if (!imported.has_value()) return diagnostics.format();
    // Whatever comes out is a feed.
    Diagnostics of_feed;
    const std::string feed =
        R"({"abm":"accounts/1","tenant":"t","version":1,"generated_at":"2026-11-22T03:33:20Z"})"
        "\n" +
        lines;
    EXPECT_TRUE(accounts::parse_feed(feed, "merged", {}, of_feed, [](accounts::Account&&) { return true; })
                    .has_value())
        << of_feed.format();
    return lines;
  }

  std::filesystem::path folder_;
  generation::AccountSources sources_;
  std::unique_ptr<ImportReport> report_;
  std::vector<std::pair<std::string, std::vector<std::string>>> crm_ids_;
};

TEST_F(Import, LaterSourcesAddToAndCorrectEarlierOnesFieldByField) {
  add("a.csv",
      "Company,Website,Industry,Employees\nDeere & Company,https://www.deere.com/x,Machinery,83000\n");
  add("b.csv", "Company;Domain;Employees;Country\nDeere;deere.com;84.000;US\n");
  EXPECT_EQ(
      run(),
      R"({"id":"deere.com","name":"Deere","domains":["deere.com"],"industry":"Machinery","employees":84000,"country":"US"})"
      "\n");
  EXPECT_EQ(report_->count(NoteKind::kConflict), 2u);  // name, employees
  EXPECT_EQ(report_->count(NoteKind::kMerge), 1u);
}

TEST_F(Import, TellsTheCrmIdsOfEachAccountAndOfThoseBelowIt) {
  add("a.csv",
      "Account ID,Account Name,Website,Parent Account ID\n1,Top,top.com,\n2,Below,below.com,1\n"
      "3,Top again,www.top.com,\n0015e00002aBcDe,Other,other.com,\n");
  using Ids = std::pair<std::string, std::vector<std::string>>;
  run();
  EXPECT_EQ(crm_ids_,
            (std::vector<Ids>{
                {"below.com", {"2"}}, {"other.com", {"0015e00002aBcDeAAK"}}, {"top.com", {"1", "3"}}}));
  crm_ids_.clear();
  sources_.roll_up = true;
  run();
  EXPECT_EQ(crm_ids_,
            (std::vector<Ids>{{"other.com", {"0015e00002aBcDeAAK"}}, {"top.com", {"1", "2", "3"}}}));
}

TEST_F(Import, WithinOneSourceCountsWhatMostRowsSay) {
  add("a.csv", "Company,Domain,Country\nX,x.com,DE\nX,x.com,FR\nX,x.com,DE\n");
  EXPECT_EQ(run(), R"({"id":"x.com","name":"X","domains":["x.com"],"country":"DE"})"
                   "\n");
}

TEST_F(Import, ThatRowsDisagreeOnATierOrAnExclusionIsTold) {
  auto& source =
      add("a.csv", "Company,Domain,Tier,Out\nX,x.com,1:many,no\nX,x.com,1:1,yes\nY,y.com,1:few,no\n");
  source.map.push_back({.field = "exclude", .columns = {"Out"}, .times = 1, .read = {}, .at = {}});
  EXPECT_EQ(run(), R"({"id":"x.com","name":"X","domains":["x.com"],"tier":"one-to-one","exclude":true})"
                   "\n"
                   R"({"id":"y.com","name":"Y","domains":["y.com"],"tier":"one-to-few"})"
                   "\n");
  EXPECT_EQ(report_->count(NoteKind::kConflict), 2u);
}

TEST_F(Import, TwentyThousandBranchesOnOneDomainBelowOneCompanyTakeNoTime) {
  std::string text = "Account ID,Account Name,Website,Parent Account ID\n1,Burgers,burgers.com,\n";
  for (int i = 2; i <= 20'000; ++i) text += fmt::format("{0},Branch {0},burgers.com,1\n", i);
  add("a.csv", text);
  const std::clock_t begun = std::clock();
  const std::string lines = run();
  EXPECT_LT(static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC, 30);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 20'000);
  EXPECT_NE(lines.find(R"({"id":"burgers.com","name":"Burgers","domains":["burgers.com"]})"), lines.npos);
}

TEST_F(Import, MoreRowsOfOneCompanyThanAnyCompanyHasAreAMistakeThatIsTold) {
  std::string text = "Company,Employees\n";
  for (int i = 0; i <= 200'000; ++i) text += "Everybody,5\n";
  add("a.csv", text);
  EXPECT_NE(run().find("account 'everybody': 200001 rows would be this one company, the limit is 200000"),
            std::string::npos);
}

TEST_F(Import, CollapsesPeopleToCompaniesAndTitlesToRoles) {
  add("apollo.csv",
      "First Name,Title,Company,Company Name for Emails,Email,Website,# Employees\n"
      "Anna,Plant Manager,Acme GmbH,Acme,anna@acme.de,http://acme.de,120\n"
      "Bea,CTO,Acme GmbH,Acme,bea@gmail.com,http://www.acme.de,120\n"
      "Cem,plant manager,Acme GmbH,Acme,cem@acme.de,http://acme.de,120\n");
  EXPECT_EQ(run(), R"({"id":"acme.de","name":"Acme GmbH","domains":["acme.de"],"employees":120,)"
                   R"("attributes":{"role":"Plant Manager","roles":"CTO; Plant Manager"}})"
                   "\n");
}

TEST_F(Import, AnIntentSourceAddsAndMakesNone) {
  add("a.csv", "Company,Domain,Country\nDeere,deere.com,USA\n");
  add("b.csv",
      "deere,deere.com,XL,Machinery,i,Tractors,71,x,US\ndeere,deere.com,XL,Machinery,i,Combines,88,x,US\nno,no.de,S,,,T,90,,DE\n",
      SourceKind::kBombora)
      .intent = true;
  EXPECT_EQ(
      run(),
      R"({"id":"deere.com","name":"Deere","domains":["deere.com"],"industry":"Machinery","intent":88,"country":"USA"})"
      "\n");
}

TEST_F(Import, AnIntentRowMakesNoTwoCompaniesOne) {
  add("a.csv", "Record ID,Company name,Company Domain Name\n1,A,a.com\n2,B,b.com\n");
  auto& source = add("b.csv", "Record ID,Domain,Intent\n1,b.com,50\n");
  source.intent = true;
  EXPECT_EQ(run(), R"({"id":"a.com","name":"A","domains":["a.com"],"intent":50})"
                   "\n"
                   R"({"id":"b.com","name":"B","domains":["b.com"]})"
                   "\n");
}

TEST_F(Import, SubsidiariesOnOneDomainStayApartFromTheCompanyAbove) {
  const std::string rows =
      "Id,Name,Website,BillingCountry,ParentId\n"
      "001A000000aaaaa,Group,group.com,DE,\n"
      "001A000000bbbbb,Group France,group.com,FR,001A000000aaaaa\n";
  add("sf.csv", rows);
  EXPECT_EQ(run(), R"({"id":"001a000000bbbbbiaa","name":"Group France","country":"FR","parent":"group.com"})"
                   "\n"
                   R"({"id":"group.com","name":"Group","domains":["group.com"],"country":"DE"})"
                   "\n");
  sources_.roll_up = true;
  EXPECT_EQ(run(), R"({"id":"group.com","name":"Group","domains":["group.com"],"country":"DE"})"
                   "\n");
}

/// Enrichment vendors name the company above by its website.
TEST_F(Import, AParentIsNamedByItsDomainHoweverThatIsWritten) {
  for (const char* const parent : {"group.com", "www.GROUP.com", "https://www.group.com/about?x=1",
                                   "Group.com.", "g", "info@group.com"}) {
    sources_.sources.clear();
    add("hq.csv", "Id,Name,Website\ng,Group,group.com\n");
    add("vendor.csv", fmt::format("Company,Domain,Parent Domain\nGroup France,group.fr,{}\n", parent));
    EXPECT_NE(run().find(R"("parent":"group.com")"), std::string::npos) << parent;
  }
}

TEST_F(Import, WithoutAParentRowsOnOneDomainAreOneCompanyUnlessCrmIdsDecide) {
  add("hs.csv",
      "Record ID,Company name,Company Domain Name\n20,Acme North,acme.com\n3,Acme South,acme.com\n");
  EXPECT_EQ(run(), R"({"id":"acme.com","name":"Acme North","domains":["acme.com"]})"
                   "\n");
  sources_.same_company = generation::SameCompany::kCrmId;
  EXPECT_EQ(run(), R"({"id":"20","name":"Acme North"})"
                   "\n"
                   R"({"id":"3","name":"Acme South"})"
                   "\n");
}

TEST_F(Import, ASecondDomainIsNoReasonToMerge) {
  add("a.csv",
      "Company,Domain,Website\nReseller,reseller.com,https://www.vendor.com/partners\nVendor,vendor.com,\n");
  EXPECT_EQ(run(), R"({"id":"reseller.com","name":"Reseller","domains":["reseller.com"]})"
                   "\n"
                   R"({"id":"vendor.com","name":"Vendor","domains":["vendor.com"]})"
                   "\n");
  EXPECT_EQ(report_->count(NoteKind::kDrop), 1u);
}

TEST_F(Import, TheSalesforceIdOf15CharactersIsThatOf18) {
  add("a.csv", "Id,Name,BillingCountry\n001A000000aaaaa,X,DE\n");
  add("b.csv", "Account ID,Account Name,Stage\n001A000000aaaaaIAA,X,won\n");
  sources_.same_company = generation::SameCompany::kCrmId;
  const std::string lines = run();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1) << lines;
}

TEST_F(Import, ValuesAndTiersAreThoseOfTheSite) {
  sources_.values = {{"industry", {{"FINANCIAL_SERVICES", "fintech"}}}, {"tier", {{"Tier 1", "one-to-one"}}}};
  rules::Condition high;
  high.kind = rules::Condition::Kind::kTest;
  high.test.subject = rules::Subject::kIntent;
  high.test.min = 70;
  sources_.tiers = {{accounts::Tier::kOneToFew, high}};
  add("a.csv",
      "Company,Domain,Industry,Tier,Intent\nA,a.com,financial_services,TIER 1,80\nB,b.com,Other,,75\nC,c.com,x,Gold,10\n");
  EXPECT_EQ(
      run(),
      R"({"id":"a.com","name":"A","domains":["a.com"],"tier":"one-to-one","industry":"fintech","intent":80})"
      "\n"
      R"({"id":"b.com","name":"B","domains":["b.com"],"tier":"one-to-few","industry":"Other","intent":75})"
      "\n"
      R"({"id":"c.com","name":"C","domains":["c.com"],"industry":"x","intent":10})"
      "\n");
}

TEST_F(Import, AFeedIsASourceToo) {
  add("core.ndjson",
      R"({"abm":"accounts/1","tenant":"acme-web","version":1,"generated_at":"2026-11-22T03:33:20Z"})"
      "\n"
      R"({"id":"deere","name":"Deere","domains":["deere.com"],"tier":"one-to-one","asns":[10846],"attributes":{"a":"b"}})"
      "\n",
      SourceKind::kFeed);
  add("b.csv", "Company,Domain,Employees\nDeere & Company,deere.com,5\n");
  EXPECT_EQ(
      run(),
      R"({"id":"deere","name":"Deere & Company","domains":["deere.com"],"tier":"one-to-one","employees":5,"asns":[10846],"attributes":{"a":"b"}})"
      "\n");
}

TEST_F(Import, TakesWhatASourceHasCountedAndTellsWhatOnlyOneFeedCanSay) {
  add("core.ndjson",
      R"({"abm":"accounts/1","tenant":"acme-web","version":1,"generated_at":"2026-11-22T03:33:20Z"})"
      "\n"
      R"({"id":"deere","name":"Deere","domains":["deere.com"],"visits_7d":1,"visits_30d":2,"people_7d":3,)"
      R"("people_30d":4,"quiet_days":0,"first_seen_days":6,"pages_30d":{"/a":1}})"
      "\n"
      R"({"id":"b","name":"B","domains":["b.com"],"moved":"up"})"
      "\n",
      SourceKind::kFeed);
  add("web.csv", "Company,Domain,Web Visits\nB,b.com,12\n");
  sources_.sources.back().map = {
      {.field = "visits_30d", .columns = {"Web Visits"}, .times = 1, .read = {}, .at = {}}};
  EXPECT_EQ(
      run(),
      R"({"id":"b","name":"B","domains":["b.com"],"visits_30d":12})"
      "\n"
      R"({"id":"deere","name":"Deere","domains":["deere.com"],"visits_7d":1,"visits_30d":2,"people_7d":3,)"
      R"("people_30d":4,"quiet_days":0,"first_seen_days":6})"
      "\n");
  EXPECT_EQ(report_->count(NoteKind::kDrop), 2u);  // pages_30d, moved
}

TEST_F(Import, ARowOfAnythingGivesAFeedInTheSameBytesWhateverItsOrder) {
  std::mt19937 random(11);
  const auto pick = [&random](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  const std::vector<std::string> ids = {"",   "1", "2", "3", "4", "001A000000aaaaa", "001A000000aaaaaIAA",
                                        "x/y"};
  const std::vector<std::string> names = {"", "Acme", "ACME", "acme", "Beta AG", "Gamma ✓", "Ünï"};
  const std::vector<std::string> domains = {
      "", "acme.com", "www.acme.com", "beta.de", "beta.de gamma.io", "gamma.io", "gmail.com", "a.co.uk"};
  const std::vector<std::string> parents = {"", "", "", "1", "2", "4", "acme.com"};
  const std::vector<std::string> rest = {"", "1", "2", "DE", "x", "10-20", "yes", "Tier 1"};
  for (int round = 0; round < 150; ++round) {
    sources_.sources.clear();
    sources_.same_company =
        random() % 2 == 0 ? generation::SameCompany::kDomain : generation::SameCompany::kCrmId;
    sources_.roll_up = random() % 3 == 0;
    std::vector<std::vector<std::string>> rows(2);
    for (auto& of_source : rows) {
      for (auto count = 1 + random() % 9; count > 0; --count) {
        of_source.push_back(fmt::format("{},{},{},{},{},{},{},{},{}\n", pick(ids), pick(names), pick(domains),
                                        pick(parents), pick(rest), pick(rest), pick(rest), pick(rest),
                                        pick(rest)));
      }
      of_source.emplace_back("9,Sure,sure.com,,,,,,\n");
    }
    const std::string header = "CRM ID,Company,Domain,Parent ID,Employees,Intent,Country,Tier,Title\n";
    std::string first;
    for (int order = 0; order < 4; ++order) {
      sources_.sources.clear();
      for (size_t i = 0; i < rows.size(); ++i) {
        std::string text = header;
        for (const std::string& row : rows[i]) text += row;
        add(fmt::format("{}.csv", i), text).intent = i == 1 && round % 2 == 1;
      }
      const std::string lines = run();
      if (order == 0) first = lines;
      ASSERT_EQ(lines, first) << "round " << round;
      for (auto& of_source : rows) std::shuffle(of_source.begin(), of_source.end(), random);
    }
  }
}

TEST_F(Import, IdsDoNotDependOnTheOrderOfFiles) {
  add("a.csv", "Record ID,Company name,Company Domain Name\n7,A,a.com\n8,B,b.com\n");
  add("b.csv", "Company,Domain\nA2,a.com\nC,c.com\n");
  add("c.csv", "Record ID,Company name,Company Domain Name\n5,A3,a3.com\n7,A,a.com\n");
  const auto ids = [this] {
    std::vector<std::string> out;
    const std::string lines = run();
    for (size_t at = 0; (at = lines.find("{\"id\":\"", at)) != lines.npos; ++at)
      out.push_back(lines.substr(at + 7, lines.find('"', at + 7) - at - 7));
    return out;
  };
  const auto first = ids();
  EXPECT_EQ(first, (std::vector<std::string>{"a.com", "a3.com", "b.com", "c.com"}));
  std::sort(sources_.sources.begin(), sources_.sources.end(),
            [](const auto& a, const auto& b) { return a.from > b.from; });
  EXPECT_EQ(ids(), first);
}

}  // namespace
}  // namespace abm::connect
