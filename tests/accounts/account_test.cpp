#include "accounts/account.h"

#include <gtest/gtest.h>

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
