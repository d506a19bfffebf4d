#include "generation/primary.h"

#include <gtest/gtest.h>

#include "base/timestamp.h"

namespace abm::generation {
namespace {

std::optional<PrimaryGoal> goal(std::string path, int64_t since = 1793491200) {
  return PrimaryGoal{.goal = std::move(path), .outcome = {}, .since = since, .at = {}};
}

/// What the generations say that are published one after the other, a day apart.
std::vector<NamedTexts> published(const std::vector<std::optional<PrimaryGoal>>& declared) {
  std::vector<NamedTexts> all;
  for (size_t i = 0; i < declared.size(); ++i) {
    NamedTexts made = {{"user", "abm"}};
    const NamedTexts* const before = all.empty() ? nullptr : &all.back();
    put_primary(made, declared[i], before, i + 1,
                format_rfc3339(1793500000 + static_cast<int64_t>(i) * 86'400));
    all.push_back(std::move(made));
  }
  return all;
}

TEST(Primary, StandsSinceTheGenerationThatSaidItFirst) {
  const auto made = published({goal("/demo"), goal("/demo"), goal("/demo", 1793577600)});
  const auto record = primary_of(made[2]);
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->what, "goal /demo");
  EXPECT_EQ(record->before, "");
  EXPECT_EQ(record->published, 1793500000);
  EXPECT_EQ(record->generation, 1u);
  EXPECT_EQ(record->since, 1793577600);
  EXPECT_TRUE(says_primary(made[2], goal("/demo", 1793577600)));
  EXPECT_FALSE(says_primary(made[2], goal("/demo"))) << "another day is another declaration";
  EXPECT_FALSE(says_primary(made[2], std::nullopt));
}

TEST(Primary, WhatStoodBeforeIsCarriedOnWhenItsGenerationIsGone) {
  const auto made =
      published({goal("/demo"), goal("/pricing"), goal("/pricing"), std::nullopt, std::nullopt});
  const auto last_of_two = primary_of(made[2]);
  EXPECT_EQ(last_of_two->before, "goal /demo");
  EXPECT_EQ(last_of_two->generation, 2u);
  const auto withdrawn = primary_of(made[4]);
  ASSERT_TRUE(withdrawn.has_value());
  EXPECT_EQ(withdrawn->what, "");
  EXPECT_EQ(withdrawn->before, "goal /pricing");
  EXPECT_EQ(withdrawn->generation, 4u);
  EXPECT_TRUE(says_primary(made[4], std::nullopt));
  const auto history = primary_history({made[2], made[4]});
  ASSERT_EQ(history.size(), 2u) << "the first generation is not kept";
  EXPECT_EQ(history[0].before, "goal /demo");
  EXPECT_EQ(history[1].what, "");
  EXPECT_EQ(primary_history({made.rbegin(), made.rend()}).size(), 3u) << "in any order, each once";
}

TEST(Primary, WhatWasNeverDeclaredLeavesNoTrace) {
  const auto made = published(
      {std::nullopt, std::nullopt, PrimaryGoal{.goal = {}, .outcome = "won", .since = 1, .at = {}}});
  EXPECT_EQ(made[1].size(), 1u);
  EXPECT_FALSE(primary_of(made[1]).has_value());
  EXPECT_TRUE(says_primary(made[1], std::nullopt));
  EXPECT_EQ(primary_of(made[2])->what, "outcome won");
  EXPECT_EQ(primary_of(made[2])->before, "");
}

TEST(Primary, HostileTextsAreNoRecord) {
  EXPECT_FALSE(primary_of({{"primary", "goal /demo"}, {"primary_published", "yesterday"}}).has_value());
  const auto record =
      primary_of({{"primary_published", "2026-11-01T00:00:00Z"}, {"primary_generation", "-7x"}});
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->generation, 0u);
}

}  // namespace
}  // namespace abm::generation
