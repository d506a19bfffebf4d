#include "accounts/account.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace abm::accounts {
namespace {

TEST(AccountId, IsLowerCaseLettersDigitsAndThreeMarks) {
  for (const char* good : {"a", "0", "deere", "a.b_c-d", "3m", "a--", "a..b"})
    EXPECT_TRUE(is_account_id(good)) << good;
  for (const char* bad : {"", "-a", ".a", "_a", "A", "aB", "a b", "a/b", "ä", "a\n"})
    EXPECT_FALSE(is_account_id(bad)) << bad;
  EXPECT_FALSE(is_account_id(std::string_view("a\0b", 3)));
}

TEST(AccountId, HasAtMost64Bytes) {
  EXPECT_TRUE(is_account_id(std::string(64, 'a')));
  EXPECT_FALSE(is_account_id(std::string(65, 'a')));
}

TEST(VisitedPages, KeepTheLatestVisitOfEachPathAndCountWhatNoAccountCanHave) {
  std::vector<VisitedPage> pages = {
      {"/b", 3},       {"/a", 3},   {"/b", 1},    {"/old", kPageDays},
      {"no-slash", 0}, {"/x\n", 0}, {"/\xff", 0}, {"/" + std::string(kMaxPageBytes, 'a'), 2}};
  EXPECT_EQ(settle_pages(pages), 4u);
  EXPECT_EQ(pages, (std::vector<VisitedPage>{{"/b", 1}, {"/a", 3}}));
}

TEST(VisitedPages, AreAtMost64TheMostRecent) {
  std::vector<VisitedPage> pages;
  for (uint32_t i = 0; i < 100; ++i) pages.push_back({"/" + std::to_string(i), i % 20});
  EXPECT_EQ(settle_pages(pages), 0u);
  ASSERT_EQ(pages.size(), kMaxPages);
  EXPECT_TRUE(std::is_sorted(pages.begin(), pages.end(), is_later));
  EXPECT_EQ(pages.front(), (VisitedPage{"/0", 0}));
  EXPECT_EQ(pages.back().days, 12u);  // five a day: 60 of days 0 to 11, then the first four of day 12
  EXPECT_EQ(pages.back().path, "/72");
}

TEST(VisitedPages, MayHaveAPathOf256Bytes) {
  EXPECT_TRUE(is_page_path("/" + std::string(255, 'a')));
  EXPECT_FALSE(is_page_path("/" + std::string(256, 'a')));
  EXPECT_FALSE(is_page_path(""));
}

TEST(Tier, ReadsItsNamesAndShortForms) {
  for (const Tier tier : {Tier::kUntiered, Tier::kOneToMany, Tier::kOneToFew, Tier::kOneToOne}) {
    EXPECT_EQ(tier_from(to_string(tier)), tier);
  }
  EXPECT_EQ(tier_from("1:1"), Tier::kOneToOne);
  EXPECT_EQ(tier_from("1:few"), Tier::kOneToFew);
  EXPECT_EQ(tier_from("1:many"), Tier::kOneToMany);
  EXPECT_EQ(tier_from("One-To-One"), std::nullopt);
  EXPECT_EQ(tier_from(""), std::nullopt);
}

}  // namespace
}  // namespace abm::accounts
