#include "measure/outcomes/deals.h"

#include <gtest/gtest.h>

#include "tests/measure/outcomes/outcome_testing.h"

namespace abm::measure {
namespace {

using connect::DealState;
using connect::DealType;
using testing::day;
using testing::deal;
using testing::exports;
using testing::lost;
using testing::of_type;
using testing::won;

std::vector<OutcomeAccount> two_accounts(const connect::OpportunitySet& set) {
  std::vector<OutcomeAccount> accounts(2);
  accounts[0].account = "acme";
  accounts[1].account = "ford";
  accounts[1].control = true;
  for (OutcomeAccount& account : accounts) account.since_ms = day(0);
  follow(accounts, set, 30);
  return accounts;
}

TEST(Deals, DescribeWhatCountsByArm) {
  connect::Opportunity undated = deal("acme", day(5), 3);
  undated.state = DealState::kLost;
  const auto set = exports({won(deal("acme", day(1), 100), day(11)), won(deal("acme", day(2), 300), day(22)),
                            lost(deal("acme", day(3), 50), day(33)), deal("acme", day(4), 10), undated,
                            won(deal("acme", day(-1), 9999), day(3)), deal("ford", day(40), 1),
                            of_type(won(deal("ford", day(2), 70), day(3)), DealType::kRenewal),
                            won(deal("ford", day(2), 40), day(42))},
                           day(100));
  const auto arms = deals_by_arm(two_accounts(set), set);
  ASSERT_EQ(arms.size(), 2u);
  const Deals& treated = arms[0];
  EXPECT_EQ(treated.name, "treated");
  EXPECT_EQ(treated.opportunities, 5u);
  EXPECT_EQ(treated.won, 2u);
  EXPECT_EQ(treated.lost, 2u);
  EXPECT_EQ(treated.open, 1u);
  EXPECT_DOUBLE_EQ(treated.win_rate().rate(), 0.5);
  EXPECT_DOUBLE_EQ(*treated.mean_won, 200);
  EXPECT_DOUBLE_EQ(*treated.median_won, 200);
  EXPECT_EQ(treated.closed_undated, 1u);
  EXPECT_EQ(treated.velocity.subjects, 4u);
  EXPECT_EQ(treated.velocity.happened, 3u);
  EXPECT_DOUBLE_EQ(treated.velocity.longest, 96) << "the open one is followed until the exports end";
  EXPECT_EQ(arms[1].opportunities, 1u);
  EXPECT_EQ(arms[1].accounts, 1u);
  EXPECT_DOUBLE_EQ(*arms[1].median_won, 40);
}

TEST(Deals, WithoutAWonOneHaveNoValue) {
  const auto set = exports({deal("acme", day(1), 100)}, day(100));
  const auto arms = deals_by_arm(two_accounts(set), set);
  EXPECT_FALSE(arms[0].mean_won.has_value());
  EXPECT_EQ(arms[0].win_rate().accounts, 0u);
}

TEST(Deals, OfNamedAccountsStandBesideThoseOfOthers) {
  connect::Opportunity stranger = won(deal("", day(5), 900), day(6));
  stranger.company = "Stranger Ltd";
  connect::Opportunity again = deal("", day(7), 1);
  again.company = "Stranger Ltd";
  const auto set = exports(
      {deal("acme", day(-40), 100), deal("ford", day(2), 7), stranger, again, deal("rival", day(3), 1)},
      day(100));
  const std::vector<ListedAccount> listed = {{"acme", "Acme", "one-to-many", "", ""},
                                             {"ford", "Ford", "untiered", "", ""},
                                             {"rival", "Rival", "one-to-one", "", "", true},
                                             {"quiet", "Quiet", "one-to-one", "", ""}};
  const auto groups = deals_by_list(listed, set);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].name, "named");
  EXPECT_EQ(groups[0].accounts, 2u);
  EXPECT_EQ(groups[0].opportunities, 1u);
  EXPECT_EQ(groups[1].opportunities, 1u);
  EXPECT_EQ(groups[2].name, "not on the list");
  EXPECT_EQ(groups[2].accounts, 1u) << "one company, two deals; an excluded account is in no group";
  EXPECT_EQ(groups[2].opportunities, 2u);
  EXPECT_EQ(groups[2].won, 1u);
}

TEST(Deals, RetentionIsOfCustomersByArm) {
  const auto set = exports({of_type(won(deal("acme", day(-50), 100), day(5)), DealType::kRenewal),
                            of_type(lost(deal("acme", day(-50), 30), day(6)), DealType::kRenewal),
                            of_type(deal("ford", day(3), 10), DealType::kRenewal),
                            of_type(deal("ford", day(4), 25), DealType::kExpansion)},
                           day(100));
  const auto arms = retention_by_arm(two_accounts(set));
  EXPECT_EQ(arms[0].customers, 1u);
  EXPECT_EQ(arms[0].renewals, 2u);
  EXPECT_EQ(arms[0].renewed, 1u);
  EXPECT_EQ(arms[0].churned, 1u);
  EXPECT_DOUBLE_EQ(arms[0].renewed_amount, 100);
  EXPECT_EQ(arms[1].customers, 1u);
  EXPECT_EQ(arms[1].renewed + arms[1].churned, 0u);
  EXPECT_EQ(arms[1].expansions, 1u);
  EXPECT_DOUBLE_EQ(arms[1].expansion_amount, 25);
}

}  // namespace
}  // namespace abm::measure
