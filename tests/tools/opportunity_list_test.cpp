#include "tools/opportunity_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace abm::tools {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kSiteHead =
    "abm: site/1\ndata: data\ntenant: t\nrules: []\naccounts: { sources: [ { hubspot: companies.csv } ] }\n";

class OpportunityListFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / fmt::format("abm-opportunity-list-{}", ::getpid());
    std::filesystem::create_directories(folder_);
    write("feed.ndjson",
          R"({"abm":"accounts/1","tenant":"t","version":1,"generated_at":"2026-11-01T00:00:00Z"})"
          "\n"
          R"({"id":"deere.com","name":"Deere","domains":["deere.com"]})"
          "\n"
          R"({"id":"maersk.com","name":"Maersk","domains":["maersk.com"]})"
          "\n");
    write("companies.csv",
          "Record ID,Company name,Company Domain Name\n101,Deere,deere.com\n102,Maersk,maersk.com\n");
    options_.list.accounts = folder_ / "feed.ndjson";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  void site(std::string_view more) {
    options_.list.site.site = write("site.yaml", fmt::format("{}{}", kSiteHead, more));
  }

  std::filesystem::path folder_;
  OpportunityListOptions options_;
};

TEST_F(OpportunityListFiles, MatchesFilesWithAFeed) {
  options_.files = {
      write("deals.csv",
            "id,website,stage,created\n1,https://www.deere.com,won,2026-11-01\n2,x.com,won,2026-11-01\n")};
  const auto list = load_opportunity_list(options_);
  ASSERT_TRUE(list.ok()) << list.message();
  ASSERT_TRUE(list->has_value());
  EXPECT_EQ((*list)->set.matched_by_domain, 1u);
  EXPECT_EQ((*list)->set.unmatched.size(), 1u);
  EXPECT_EQ((*list)->settings.window_days, 180u);
  EXPECT_FALSE((*list)->settings.window_declared);
}

TEST_F(OpportunityListFiles, KnowsCrmIdsFromTheSourcesOfTheSite) {
  site("outcomes: { stages: { won: [Signed] }, window: 90d }\n");
  options_.files = {"hubspot:" + write("deals.csv",
                                       "Record ID,Deal Name,Deal Stage,Create Date,Associated Company IDs\n"
                                       "1,A,Signed,2026-11-01,102\n2,B,Signed,2026-11-01,103\n")};
  const auto list = load_opportunity_list(options_);
  ASSERT_TRUE(list.ok()) << list.message();
  ASSERT_TRUE(list->has_value());
  EXPECT_EQ((*list)->settings.window_days, 90u);
  const connect::OpportunitySet& set = (*list)->set;
  ASSERT_EQ(set.opportunities.size(), 2u);
  EXPECT_EQ(set.opportunities[0].account, "maersk.com");
  EXPECT_EQ(set.opportunities[0].state, connect::DealState::kWon);
  EXPECT_EQ(set.matched_by_crm_id, 1u);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "data"));  // it only reads
}

TEST_F(OpportunityListFiles, ReadsTheSitesOwnSourcesAndThenTheFiles) {
  site("outcomes: { opportunities: [ { csv: own.csv } ] }\n");
  write("own.csv", "id,domain,stage,created\n1,deere.com,open,2026-11-01\n2,deere.com,open,2026-11-01\n");
  auto list = load_opportunity_list(options_);
  ASSERT_TRUE(list.ok()) << list.message();
  ASSERT_TRUE(list->has_value());
  EXPECT_EQ((*list)->set.opportunities.size(), 2u);
  options_.files = {write("newer.csv", "id,domain,stage,created\n2,deere.com,won,2026-11-01\n")};
  list = load_opportunity_list(options_);
  ASSERT_TRUE(list.ok()) << list.message();
  EXPECT_EQ((*list)->set.opportunities[1].state, connect::DealState::kWon);
  EXPECT_EQ((*list)->set.left_out, 1u);
}

TEST_F(OpportunityListFiles, SaysWhatIsNotThere) {
  EXPECT_FALSE(load_opportunity_list(options_)->has_value());  // nothing named
  site("");
  EXPECT_FALSE(load_opportunity_list(options_)->has_value());
  site("outcomes: { opportunities: [ { hubspot: { token_file: t } } ] }\n");
  EXPECT_THAT(load_opportunity_list(options_).message(),
              HasSubstr("HubSpot (hubspot-opportunities) was never read: run abmctl sync"));
  site("outcomes: { windw: 5d }\n");
  EXPECT_THAT(load_opportunity_list(options_).message(), HasSubstr("unknown key 'windw'"));
  site("");
  options_.files = {"feed:" + write("deals.csv", "id,domain,stage,created\n1,deere.com,open,2026-11-01\n")};
  EXPECT_THAT(load_opportunity_list(options_).message(), HasSubstr("must be a table"));
  options_.files = {folder_ / "deals.csv"};
  std::filesystem::remove(folder_ / "companies.csv");
  const auto list = load_opportunity_list(options_);
  ASSERT_TRUE(list.ok()) << list.message();
  EXPECT_THAT((*list)->set.remarks, Contains(HasSubstr("the CRM ids of accounts could not be read")));
  options_.list.accounts.clear();
  EXPECT_THAT(load_opportunity_list(options_).message(), HasSubstr("data: no such file or directory"));
}

TEST_F(OpportunityListFiles, ASourceOfTheSiteThatIsNotThereIsToldAndNoError) {
  std::vector<std::string> unread;
  options_.unread = &unread;
  site("outcomes: { opportunities: [ { csv: own.csv }, { csv: later.csv } ] }\n");
  EXPECT_FALSE(load_opportunity_list(options_)->has_value());
  ASSERT_EQ(unread.size(), 2u);
  EXPECT_THAT(unread[0],
              AllOf(HasSubstr("own.csv: no such file or directory"), HasSubstr("site.yaml:6 names it"),
                    HasSubstr("export opportunities to that place")));
  write("own.csv", "id,domain,stage,created\n1,deere.com,open,2026-11-01\n");
  unread.clear();
  const auto list = load_opportunity_list(options_);
  ASSERT_TRUE(list.ok()) << list.message();
  EXPECT_EQ((*list)->set.opportunities.size(), 1u);
  EXPECT_THAT(unread, ElementsAre(HasSubstr("later.csv")));
  // What is there, but no use, does not take the rest of the report along.
  site("outcomes: { opportunities: [ { csv: own.csv } ] }\n");
  write(
      "own.csv",
      "id,domain,stage,created,amount\n1,deere.com,open,2026-11-01,EUR 5\n2,deere.com,open,2026-11-01,USD 5\n");
  unread.clear();
  EXPECT_FALSE(load_opportunity_list(options_)->has_value());
  EXPECT_THAT(unread, ElementsAre(HasSubstr("compared in one currency and never converted")));
  // A file that was named must be readable.
  options_.files = {folder_ / "none.csv"};
  EXPECT_FALSE(load_opportunity_list(options_).ok());
}

}  // namespace
}  // namespace abm::tools
