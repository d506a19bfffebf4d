#include "measure/engagement/roll_up.h"

#include <gtest/gtest.h>

#include "tests/measure/engagement/engagement_testing.h"

namespace abm::measure {
namespace {

using testing::kDay;
using testing::Load;
using testing::World;

constexpr const char* kRolling = "engagement: { visits: [ '*.jsonl' ], half_life: 14d, roll_up: true }\n";
constexpr const char* kPlain = "engagement: { visits: [ '*.jsonl' ], half_life: 14d }\n";

accounts::Account below(const std::string& id, const std::string& parent) {
  accounts::Account account = testing::listed(id);
  account.text[static_cast<size_t>(accounts::TextField::kParent)] = parent;
  return account;
}

/// "engagement visits people quiet first" of each listed account, and who is below it.
std::string standings_text(World& world, Day today) {
  std::string text;
  const auto standings = world.judge(today);
  for (const Standing& standing : standings->all()) {
    const Activity& a = standing.activity;
    text += fmt::format("{} {} {} {} {}", standing.account, a.engagement, a.visits_30d, a.people_30d,
                        a.quiet_days.value_or(-1));
    for (const RolledUp& of : standing.below)
      text += fmt::format(" {}+{}", of.account, Decay::engagement(of.worth));
    text += "; ";
  }
  return text;
}

TEST(RollUp, CountsVisitsForAllAbove) {
  World world(kRolling);
  world.list(kDay, {below("low", "mid"), below("mid", "top"), below("top", ""), below("lone", "gone")});
  world.fold({{.account = "low", .day = kDay, .person = "a", .path = "/x", .request = 1},
              {.account = "low", .day = kDay, .person = "b", .path = "/y", .request = 2},
              {.account = "mid", .day = kDay, .person = "c", .request = 3},
              {.account = "lone", .day = kDay - 3, .person = "c", .request = 4}});
  EXPECT_EQ(standings_text(world, kDay),
            "lone 1 1 1 3; low 2 2 2 0; mid 3 3 3 0 low+2; top 3 3 3 0 low+2 mid+1; ");
  const auto standings = world.judge(kDay);
  ASSERT_EQ(standings->find("top")->pages.size(), 3u);
  EXPECT_EQ(standings->find("top")->pages[1].path, "/x");
  world.configure(kPlain);
  EXPECT_EQ(standings_text(world, kDay), "lone 1 1 1 3; low 2 2 2 0; mid 1 1 1 0; top 0 0 0 -1; ");
}

TEST(RollUp, GoesByTheListOfTheDayOfTheVisit) {
  World world(kRolling);
  world.list(kDay, {below("low", "old"), below("old", ""), below("new", "")});
  world.list(kDay + 5, {below("low", "new"), below("old", ""), below("new", "")});
  world.fold({{.account = "low", .day = kDay + 4, .person = "a", .request = 1},
              {.account = "low", .day = kDay + 5, .person = "a", .request = 2},
              {.account = "low", .day = kDay + 5, .person = "b", .request = 3}});
  EXPECT_EQ(standings_text(world, kDay + 5), "low 3 3 3 0; new 2 2 2 0 low+2; old 1 1 1 1 low+1; ");
}

TEST(RollUp, GoesNowhereFromACircleOrFromWhoIsExcluded) {
  World world(kRolling);
  accounts::Account rival = below("rival", "top");
  rival.exclude = true;
  world.list(kDay, {below("p", "q"), below("q", "p"), below("r", "p"), rival, below("top", "")});
  world.fold({{.account = "p", .day = kDay, .person = "a", .request = 1},
              {.account = "r", .day = kDay, .person = "a", .request = 2},
              {.account = "rival", .day = kDay, .person = "a", .request = 3}});
  EXPECT_EQ(standings_text(world, kDay), "p 1 1 1 0; q 0 0 0 -1; r 1 1 1 0; rival 1 1 1 0; top 0 0 0 -1; ");
}

/// Whatever was folded when: the same visits and lists give the same sums.
TEST(RollUp, AddsUpWhateverTheOrder) {
  const std::vector<accounts::Account> list = {below("a", "b"), below("b", "c"), below("c", ""),
                                               below("d", "b")};
  std::vector<Load> loads;
  for (uint64_t i = 0; i < 60; ++i)
    loads.push_back({.account = std::string(1, static_cast<char>('a' + i % 4)),
                     .day = kDay - static_cast<Day>(i * 7 % 29),
                     .person = std::to_string(i % 5),
                     .request = i + 1});
  World at_once(kRolling), bit_by_bit(kRolling);
  at_once.list(kDay, list);
  at_once.fold(loads);
  bit_by_bit.list(kDay, list);
  for (size_t i = loads.size(); i-- > 0;) {
    bit_by_bit.fold(std::vector<Load>{loads[i]});
    if (i % 16 == 0) static_cast<void>(bit_by_bit.judge(kDay));
  }
  EXPECT_EQ(standings_text(at_once, kDay), standings_text(bit_by_bit, kDay));
  EXPECT_EQ(at_once.judge(kDay)->version(), bit_by_bit.judge(kDay)->version());
}

}  // namespace
}  // namespace abm::measure
