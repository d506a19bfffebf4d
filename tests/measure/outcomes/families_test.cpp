// Accounts that draw one lot together are one account wherever arms are compared.
#include <gtest/gtest.h>

#include <random>

#include "measure/outcomes/assigned_accounts.h"
#include "tests/measure/outcomes/outcome_testing.h"
#include "tests/measure/report_testing.h"

namespace abm::measure {
namespace {

using testing::day;
using testing::deal;
using testing::exports;
using testing::Line;
using testing::store_of;

Line visit_of(const std::string& account, const std::string& family, std::string_view ts,
              std::string_view arm) {
  Line line;
  line.account = account;
  line.family = family;
  line.ts = ts;
  line.arm = arm;
  return line;
}

ListedAccount subsidiary(const std::string& id, const std::string& family, std::string_view arm,
                         std::string_view tier = "one-to-many") {
  ListedAccount account;
  account.id = id;
  account.family = family;
  account.arm = arm;
  account.tier = tier;
  account.segments = {id};
  return account;
}

TEST(OutcomesOfFamilies, AFamilyThatCameIsOneAccountFromTheFirstVisitOfAnyOfIt) {
  auto store = store_of({visit_of("eu", "group", "2026-11-05T00:00:00.000Z", "\"treated\""),
                         visit_of("us", "group", "2026-11-03T00:00:00.000Z", "\"treated\""),
                         visit_of("lone", "", "2026-11-04T00:00:00.000Z", "\"control\"")});
  ListedAccount excluded = subsidiary("rival", "group", "");
  excluded.excluded = true;
  const std::vector<ListedAccount> listed = {subsidiary("group", "group", "treated"),
                                             subsidiary("eu", "group", "treated"),
                                             subsidiary("us", "group", "treated"),
                                             subsidiary("silent", "group", "treated"),
                                             excluded,
                                             subsidiary("lone", "", "control")};
  OutcomesRequest request{
      .set = exports({deal("eu", day(4), 1), deal("silent", day(3), 2), deal("group", day(2.5), 4),
                      deal("us", day(1), 8), deal("rival", day(5), 16), deal("lone", day(5), 32)},
                     day(30)),
      .listed = &listed};
  const auto outcomes = gather_outcomes(store.database(), request);
  ASSERT_TRUE(outcomes.ok()) << outcomes.message();
  const auto& came = outcomes->came.accounts;
  ASSERT_EQ(came.size(), 2u);
  EXPECT_EQ(came[0].account, "group");
  EXPECT_EQ(came[0].members, (std::vector<std::string>{"eu", "group", "silent", "us"}));
  EXPECT_EQ(came[0].since_ms, day(2));
  EXPECT_EQ(came[0].opportunities, 3u);
  EXPECT_EQ(came[0].amount, 7);
  EXPECT_EQ(came[0].before, 1u) << "of a subsidiary, before the first visit of the family";
  EXPECT_EQ(came[1].account, "lone");
  EXPECT_TRUE(came[1].members.empty());
  EXPECT_EQ(came[1].amount, 32);
}

TEST(OutcomesOfFamilies, WithoutAListTheMembersAreThoseThatCame) {
  auto store = store_of({visit_of("eu", "group", "2026-11-05T00:00:00.000Z", "\"treated\""),
                         visit_of("us", "group", "2026-11-03T00:00:00.000Z", "\"control\"")});
  const auto accounts = accounts_that_came(store.database(), nullptr);
  ASSERT_TRUE(accounts.ok());
  ASSERT_EQ(accounts->size(), 1u);
  EXPECT_EQ(accounts->front().members, (std::vector<std::string>{"eu", "us"}));
  EXPECT_TRUE(accounts->front().control);
  EXPECT_TRUE(accounts->front().changed) << "its accounts should have drawn one lot, and did not";
}

TEST(OutcomesOfFamilies, AListedFamilyIsOneAccountOfTheTierOfItsTopmost) {
  const std::vector<ListedAccount> listed = {
      subsidiary("b", "top", "control"), subsidiary("top", "top", "control", "one-to-one"),
      subsidiary("a", "top", "control"), subsidiary("y", "gone", "treated", "one-to-few"),
      subsidiary("lone", "lone", "treated")};
  const auto accounts = listed_accounts(listed, day(0));
  ASSERT_EQ(accounts.size(), 3u);
  EXPECT_EQ(accounts[0].account, "gone");
  EXPECT_EQ(accounts[0].members, std::vector<std::string>{"y"}) << "the family's name is no account here";
  EXPECT_EQ(accounts[0].tier, "one-to-few");
  EXPECT_EQ(accounts[1].account, "lone");
  EXPECT_TRUE(accounts[1].members.empty());
  EXPECT_EQ(accounts[2].account, "top");
  EXPECT_TRUE(accounts[2].control);
  EXPECT_EQ(accounts[2].tier, "one-to-one");
  EXPECT_EQ(accounts[2].segments, (std::vector<std::string>{"a", "b", "top"}));
}

/// A programme without any effect: families of ten, whose accounts buy together or not at all.
struct FamilyWorld {
  std::vector<ListedAccount> listed;
  std::vector<connect::Opportunity> deals;

  FamilyWorld(uint64_t seed, bool tell_families) {
    std::mt19937_64 random(seed);
    for (int family = 0; family < 160; ++family) {
      const std::string name = testing::account_name(static_cast<size_t>(family) * 10);
      const bool buys = random() % 3 == 0, control = random() % 2 == 0;
      for (int i = 0; i < 10; ++i) {
        const std::string id = testing::account_name(static_cast<size_t>(family * 10 + i));
        listed.push_back(subsidiary(id, tell_families ? name : "", control ? "control" : "treated"));
        if (buys && random() % 10 != 0) deals.push_back(deal(id, day(1), 1));
      }
    }
  }
  /// Of the difference in the share of accounts with an opportunity.
  [[nodiscard]] double p() const {
    auto accounts = listed_accounts(listed, day(0));
    follow(accounts, exports(deals, day(60)), 30);
    Share treated, kept_back;
    for (const OutcomeAccount& account : accounts) {
      Share& share = account.control ? kept_back : treated;
      ++share.accounts;
      share.hits += account.opportunities > 0 ? 1 : 0;
    }
    return difference(treated, kept_back).p;
  }
};

// What is drawn is the unit (Donner and Klar 2000, Design and Analysis of Cluster Randomization Trials):
// counted by account, ten alike accounts would be ten proofs.
TEST(OutcomesOfFamilies, CountingFamiliesFindsNoEffectWhereThereIsNone) {
  int by_family = 0, by_account = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    by_family += FamilyWorld(seed, true).p() < 0.05 ? 1 : 0;
    by_account += FamilyWorld(seed, false).p() < 0.05 ? 1 : 0;
  }
  EXPECT_LT(by_family, 36) << "of 400; 20 are expected";
  EXPECT_GT(by_account, 120) << "the world is not one in which it matters";
}

}  // namespace
}  // namespace abm::measure
