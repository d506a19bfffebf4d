#include "measure/report/comparison.h"

#include <gtest/gtest.h>

namespace abm::measure {
namespace {

Table goal_rows(const std::string& goal, const std::string& tier, Share treated, Share control) {
  Table table;
  table.columns = {"goal", "account", "tier", "arm", "reached"};
  for (uint64_t i = 0; i < treated.accounts; ++i)
    table.rows.push_back({goal, std::string("t"), tier, std::string("treated"), int64_t{i < treated.hits}});
  for (uint64_t i = 0; i < control.accounts; ++i)
    table.rows.push_back({goal, std::string("c"), tier, std::string("control"), int64_t{i < control.hits}});
  return table;
}

TEST(Comparison, CountsAccountsByArmAndTier) {
  Table table = goal_rows("/demo", "one-to-many", {60, 300}, {5, 50});
  const Table more = goal_rows("/demo", "one-to-one", {9, 20}, {1, 4});
  table.rows.insert(table.rows.end(), more.rows.begin(), more.rows.end());
  const auto goals = compare_goals(table);
  ASSERT_EQ(goals.size(), 1u);
  EXPECT_EQ(goals[0].all.treated.hits, 69u);
  EXPECT_EQ(goals[0].all.treated.accounts, 320u);
  EXPECT_EQ(goals[0].all.kept_back.hits, 6u);
  EXPECT_EQ(goals[0].all.kept_back.accounts, 54u);
  ASSERT_TRUE(goals[0].all.difference.has_value());
  EXPECT_NEAR(goals[0].all.difference->estimate, 69.0 / 320 - 6.0 / 54, 1e-12);
  ASSERT_EQ(goals[0].tiers.size(), 2u);
  EXPECT_EQ(goals[0].tiers[0].tier, "one-to-one");
  EXPECT_FALSE(goals[0].tiers[0].comparison.difference.has_value());
}

TEST(Comparison, SaysWhenThereIsNotEnoughData) {
  EXPECT_EQ(compare({3, 100}, {1, 19}).lacks, "19 accounts kept back, at least 20 are needed");
  EXPECT_EQ(compare({1, 1}, {1, 30}).lacks, "1 account treated, at least 20 are needed");
  // 20 of 500 reached it: of 50 accounts, two would.
  EXPECT_EQ(compare({18, 450}, {2, 50}).lacks,
            "20 accounts reached the goal; with groups of these sizes at least 50 are needed");
  EXPECT_EQ(compare({448, 450}, {49, 50}).lacks, "almost every account reached the goal");
  EXPECT_EQ(compare({45, 450}, {5, 50}).lacks, "");
  EXPECT_EQ(compare({0, 0}, {0, 0}).lacks, "0 accounts kept back, at least 20 are needed");
}

TEST(Comparison, OfRulesKeepsHoldoutsAndVariantsApart) {
  Table table;
  table.columns = {"goal", "rule", "variant", "account", "held_out", "reached"};
  const auto add = [&table](const char* rule, const char* variant, int64_t held_out, int64_t reached,
                            int count) {
    for (int i = 0; i < count; ++i) {
      table.rows.push_back({std::string("/demo"), std::string(rule),
                            *variant == 0 ? Cell() : Cell(std::string(variant)), std::string("a"), held_out,
                            reached});
    }
  };
  add("home", "b", 0, 1, 30);
  add("home", "a", 0, 0, 40);
  add("home", "a", 1, 1, 25);
  add("nav", "", 0, 1, 5);
  const auto rules = compare_rules(table);
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_TRUE(rules[0].has_holdout);
  EXPECT_EQ(rules[0].all.treated.accounts, 70u);
  EXPECT_EQ(rules[0].all.kept_back.accounts, 25u);
  ASSERT_EQ(rules[0].variants.size(), 2u);
  EXPECT_EQ(rules[0].variants[0].variant, "a");
  EXPECT_EQ(rules[0].variants[0].share.accounts, 40u);
  EXPECT_EQ(rules[0].variants[1].share.hits, 30u);
  EXPECT_FALSE(rules[1].has_holdout);
}

}  // namespace
}  // namespace abm::measure
