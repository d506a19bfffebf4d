// What counts of visits, and what it is worth: every sentence of the guide with an example.
#include "measure/engagement/activity.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "measure/engagement/arithmetic.h"
#include "tests/measure/engagement/engagement_testing.h"

namespace abm::measure {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kDay;
using testing::Load;
using testing::World;

constexpr std::string_view kPlain = "engagement: { visits: v, most_per_person_day: 1000 }\n";
constexpr std::string_view kValued =
    "engagement: { visits: v, half_life: 14d, most_per_person_day: 20, points: { page: 1, 'path:/pricing': 5, "
    "'path:/demo/**': 10, 'path:/demo/video': 2, 'signal:pricing-visit': 8, person: 3 } }\n";

TEST(Engagement, CountsPageLoadsOfPeopleOnly) {
  World world{std::string(kPlain)};
  const FoldCounts counts = world.fold(std::vector<Load>{
      {.day = kDay},
      {.day = kDay, .bot = "true"},
      {.day = kDay, .load = "prefetch"},
      {.day = kDay, .load = "partial"},
  });
  EXPECT_EQ(counts.counted, 1u);
  EXPECT_EQ(counts.robots, 1u);
  EXPECT_EQ(counts.no_pages, 2u);
  world.fold(testing::Seen{.ts = "2026-11-01T10:00:00Z"}.text() + "\n");
  const Standing standing = world.of("deere", kDay);
  EXPECT_EQ(standing.activity.visits_30d, 1u);
  EXPECT_EQ(standing.activity.engagement, 1u);
}

TEST(Engagement, CountsEachRequestOnce) {
  World world{std::string(kPlain)};
  const std::vector<Load> loads = {{.day = kDay, .request = 7}, {.day = kDay, .request = 8}};
  EXPECT_EQ(world.fold(loads).counted, 2u);
  const FoldCounts again = world.fold(loads);
  EXPECT_EQ(again.counted, 0u);
  EXPECT_EQ(again.known, 2u);
  EXPECT_EQ(world.of("deere", kDay).activity.visits_30d, 2u);
}

TEST(Engagement, OfTwoLinesWithOneRequestTheSameOneCountsWhicheverComesFirst) {
  const Load cheap{.day = kDay, .path = "/a", .request = 7},
      dear{.day = kDay, .path = "/pricing", .request = 7};
  for (const auto& order : {std::vector<Load>{cheap, dear}, std::vector<Load>{dear, cheap}}) {
    World world{std::string(kValued)};
    for (const Load& load : order) world.fold(std::vector<Load>{load});
    EXPECT_THAT(world.of("deere", kDay).pages, ElementsAre(accounts::VisitedPage{"/a", 0}));
  }
}

TEST(Engagement, EarnsTheMostOfThePathsThatMatchElseWhatAPageEarns) {
  const auto points = [](std::vector<Load> loads) {
    World world{
        "engagement: { visits: v, most_per_person_day: 1000, points: { page: 1, 'path:/pricing': 5, "
        "'path:/demo/**': 10, 'path:/demo/video': 2 } }\n"};
    for (Load& load : loads) load.day = kDay;
    world.fold(loads);
    return world.of("deere", kDay).activity.engagement;
  };
  EXPECT_EQ(points({{.path = "/about"}}), 1u);
  EXPECT_EQ(points({{.path = "/PRICING"}}), 5u);
  EXPECT_EQ(points({{.path = "/demo/video"}}), 10u);  // not 2, not 12
  EXPECT_EQ(points({{.path = "/pricing"}, {.path = "/pricing"}}), 10u);
}

TEST(Engagement, AddsEachSignalOfAPageViewOnce) {
  World world{std::string(kValued)};
  world.fold(std::vector<Load>{{.day = kDay, .signals = {"pricing-visit", "pricing-visit", "other"}}});
  EXPECT_EQ(world.of("deere", kDay).activity.engagement, 1u + 8u + 3u);
}

TEST(Engagement, CountsAPersonOnceADayAndNoMoreThanTheMost) {
  World world{std::string(kValued)};
  world.fold(std::vector<Load>{{.day = kDay}, {.day = kDay}});
  EXPECT_EQ(world.of("deere", kDay).activity.engagement, 3u + 1u + 1u);
  world.fold(std::vector<Load>{{.day = kDay, .path = "/demo/a"}, {.day = kDay, .path = "/demo/b"}});
  EXPECT_EQ(world.of("deere", kDay).activity.engagement, 20u);  // not 25
  world.fold(std::vector<Load>{{.day = kDay, .person = "b"}});
  EXPECT_EQ(world.of("deere", kDay).activity.engagement, 24u);  // each has a most of their own
}

TEST(Engagement, TakesAllWithoutAVisitorForOnePersonADay) {
  World world{std::string(kValued)};
  world.fold(std::vector<Load>{{.day = kDay, .person = ""}, {.day = kDay, .person = ""}, {.day = kDay}});
  const Standing standing = world.of("deere", kDay);
  EXPECT_EQ(standing.activity.people_30d, 2u);
  EXPECT_EQ(standing.activity.visits_30d, 3u);
}

TEST(Engagement, HalvesInAHalfLifeAndCountsNothingAfterTen) {
  World world{"engagement: { visits: v, half_life: 7d, most_per_person_day: 1000, points: { page: 64 } }\n"};
  world.fold(std::vector<Load>{{.day = kDay}});
  const auto after = [&world](Day days) { return world.of("deere", kDay + days).activity.engagement; };
  EXPECT_EQ(after(0), 64u);
  EXPECT_EQ(after(7), 32u);
  EXPECT_EQ(after(14), 16u);
  for (Day days = 0; days <= 49; ++days)
    EXPECT_EQ(after(days), static_cast<uint32_t>(std::lround(64 * std::exp2(-days / 7.0)))) << days;
  const Decay decay(7);
  EXPECT_EQ(decay.weight(70), Decay::kWhole / 1024);
  EXPECT_EQ(decay.weight(71), 0u);
  EXPECT_EQ(decay.weight(-1), 0u);
}

TEST(Engagement, IsASumOverDaysRoundedOnceAndAtMostAHundred) {
  World world{"engagement: { visits: v, half_life: 14d, points: { page: 1 } }\n"};
  std::vector<Load> loads;
  double closed = 0;
  for (Day i = 0; i < 30; ++i) {
    loads.push_back({.day = kDay + i});
    closed += std::exp2(-i / 14.0);
  }
  world.fold(loads);
  // 1 + q + … + q^29, and not 30 roundings.
  const double q = std::exp2(-1 / 14.0);
  EXPECT_NEAR(closed, (1 - std::pow(q, 30)) / (1 - q), 1e-9);
  EXPECT_EQ(world.of("deere", kDay + 29).activity.engagement, static_cast<uint32_t>(std::lround(closed)));
  for (int person = 0; person < 9; ++person) {
    for (int view = 0; view < 20; ++view)
      world.fold(std::vector<Load>{{.day = kDay + 29, .person = std::to_string(person)}});
  }
  EXPECT_EQ(world.of("deere", kDay + 29).activity.engagement, 100u);
}

TEST(Engagement, RoundsAHalfUp) {
  World world{"engagement: { visits: v, half_life: 1d, points: { page: 1 } }\n"};
  world.fold(std::vector<Load>{{.day = kDay}});
  EXPECT_EQ(world.of("deere", kDay + 1).activity.engagement, 1u);
  EXPECT_EQ(world.of("deere", kDay + 2).activity.engagement, 0u);
}

TEST(Engagement, HasWindowsOfWholeUtcDays) {
  World world{std::string(kPlain)};
  world.fold(std::vector<Load>{{.day = kDay}, {.day = kDay, .person = "b"}, {.day = kDay + 3}});
  const auto on = [&world](Day days) { return world.of("deere", kDay + days).activity; };
  EXPECT_EQ(on(0).visits_7d, 2u);  // what comes on a later day is not there yet
  EXPECT_EQ(on(0).people_7d, 2u);
  EXPECT_EQ(on(6).visits_7d, 3u);
  EXPECT_EQ(on(6).people_7d, 3u);  // person-days: "a" came on two
  EXPECT_EQ(on(7).visits_7d, 1u);
  EXPECT_EQ(on(10).visits_7d, 0u);
  EXPECT_EQ(on(29).visits_30d, 3u);
  EXPECT_EQ(on(30).visits_30d, 1u);
  EXPECT_EQ(on(33).people_30d, 0u);
  EXPECT_EQ(on(2).quiet_days, 2);
  EXPECT_EQ(on(3).quiet_days, 0);
  EXPECT_EQ(on(40).quiet_days, 37);
  EXPECT_EQ(on(40).first_seen_days, 40);
}

TEST(Engagement, CountsADayFromMidnightToMidnightUtc) {
  World world{std::string(kPlain)};
  testing::Line late, early;
  late.ts = "2026-11-01T23:59:59.999Z";
  early.ts = "2026-11-02T00:00:00.000Z";
  early.request_id = testing::request_id(2);
  world.fold(late.text() + "\n" + early.text() + "\n");
  EXPECT_EQ(world.of("deere", kDay).activity.visits_30d, 1u);
  EXPECT_EQ(world.of("deere", kDay + 1).activity.visits_30d, 2u);
}

TEST(Engagement, OfAnAccountThatNobodyCameFromIsZeroAndQuietForNoTime) {
  World world{std::string(kPlain)};
  world.list(kDay, {testing::listed("deere")});
  const auto standings = world.judge(kDay);
  accounts::Account account = testing::listed("deere");
  account.numbers[static_cast<size_t>(accounts::NumberField::kEngagement)] = 72;  // the feed's own
  account.numbers[static_cast<size_t>(accounts::NumberField::kQuietDays)] = 3;
  account.pages = {{"/feed", 1}};
  standings->apply(account);
  const auto number = [&account](accounts::NumberField field) {
    return account.numbers[static_cast<size_t>(field)];
  };
  EXPECT_EQ(number(accounts::NumberField::kEngagement), 0);
  EXPECT_EQ(number(accounts::NumberField::kVisits30d), 0);
  EXPECT_EQ(number(accounts::NumberField::kQuietDays), std::nullopt);
  EXPECT_EQ(number(accounts::NumberField::kFirstSeenDays), std::nullopt);
  EXPECT_THAT(account.pages, IsEmpty());
}

TEST(Engagement, KnowsTheLatestSixtyFourPagesThenByPath) {
  World world{std::string(kPlain)};
  std::vector<Load> loads;
  for (int i = 0; i < 70; ++i) loads.push_back({.day = kDay, .path = "/old/" + std::to_string(100 + i)});
  loads.push_back({.day = kDay + 1, .path = "/new"});
  loads.push_back({.day = kDay + 1, .path = "/old/169"});
  loads.push_back({.day = kDay + 1, .path = "/" + std::string(300, 'x')});
  world.fold(loads);
  const Standing standing = world.of("deere", kDay + 2);
  ASSERT_EQ(standing.pages.size(), 64u);
  EXPECT_EQ(standing.pages[0], (accounts::VisitedPage{"/new", 1}));
  EXPECT_EQ(standing.pages[1], (accounts::VisitedPage{"/old/169", 1}));
  EXPECT_EQ(standing.pages[2], (accounts::VisitedPage{"/old/100", 2}));
  EXPECT_EQ(standing.pages[63], (accounts::VisitedPage{"/old/161", 2}));
  EXPECT_EQ(standing.pages_left_out, 1u);
  EXPECT_EQ(standing.activity.visits_30d, 73u);  // it is a visit all the same
  EXPECT_EQ(world.of("deere", kDay + 30).pages.size(), 2u);
  EXPECT_THAT(world.of("deere", kDay + 31).pages, IsEmpty());
}

TEST(Engagement, WithOtherPointsNeedsNoLogsAgain) {
  World world{std::string(kPlain)};
  world.fold(std::vector<Load>{{.day = kDay, .path = "/pricing"}});
  EXPECT_EQ(world.of("deere", kDay).activity.engagement, 1u);
  world.configure("engagement: { visits: v, points: { 'path:/pricing': 7 } }\n");
  EXPECT_EQ(world.of("deere", kDay).activity.engagement, 7u);
}

TEST(Engagement, ExplainsItselfWithNumbersThatAddUp) {
  World world{std::string(kValued)};
  world.fold(std::vector<Load>{
      {.day = kDay, .path = "/demo/a", .signals = {"pricing-visit"}},
      {.day = kDay, .path = "/demo/a", .signals = {"pricing-visit"}},
      {.day = kDay, .person = "b", .path = "/pricing"},
      {.day = kDay + 14, .path = "/about"},
      {.day = kDay - 200, .path = "/about"},
  });
  const Day today = kDay + 14;
  const uint32_t engagement = world.of("deere", today).activity.engagement;
  const auto found = arithmetic_of(world.store(), *world.site().engagement, "deere", today);
  ASSERT_TRUE(found.ok()) << found.message();
  EXPECT_EQ(found->engagement, engagement);
  EXPECT_EQ(found->days_too_old, 1u);
  ASSERT_EQ(found->days.size(), 2u);
  EXPECT_EQ(found->days[0].points, 4u);
  EXPECT_EQ(found->days[0].weight, 1.0);
  EXPECT_EQ(found->days[1].age, 14);
  EXPECT_EQ(found->days[1].points, 20u + 8u);
  EXPECT_EQ(found->days[1].capped_people, 1u);
  EXPECT_EQ(found->days[1].weight, 0.5);
  EXPECT_EQ(found->days[1].worth, 14.0);
  EXPECT_EQ(found->sum, 18.0);
  EXPECT_EQ(engagement, 18u);
  ASSERT_EQ(found->days[1].views.size(), 2u);
  EXPECT_EQ(found->days[1].views[0].path, "/demo/a");
  EXPECT_EQ(found->days[1].views[0].views, 2u);
  EXPECT_EQ(found->days[1].views[0].each, 18u);
  EXPECT_THAT(found->days[1].views[0].signals, ElementsAre("pricing-visit"));
}

TEST(Engagement, LeavesOutDamagedLinesAndTakesTheSecondOfTwoInOne) {
  World world{std::string(kPlain)};
  const std::string whole = Load{.day = kDay, .request = 5}.text();
  const FoldCounts counts = world.fold("no json\n" + whole.substr(0, 60) + whole + "\r\n" + R"({"v":9})" +
                                       "\n" + whole.substr(0, 100));
  EXPECT_EQ(counts.counted, 1u);
  EXPECT_EQ(counts.all_damaged(), 3u);
  EXPECT_EQ(counts.lines, 3u);  // the last one is still being written
}

TEST(Engagement, ForgetsATrialAndKeepsWhatWasThereBefore) {
  const Folder folder;
  World world(std::string(kPlain), folder / "engagement.db");
  world.fold({{.day = kDay}});
  world.list(kDay, {testing::listed("deere", accounts::Tier::kOneToFew)});
  const auto version = world.judge(kDay)->version();
  ASSERT_TRUE(world.store().begin_trial().ok());
  world.list(kDay, {testing::listed("deere", accounts::Tier::kOneToOne)});
  world.fold({{.day = kDay, .person = "b"}});
  EXPECT_EQ(world.of("deere", kDay).tier, accounts::Tier::kOneToOne);
  EXPECT_EQ(world.of("deere", kDay).activity.people_30d, 2u);
  ASSERT_TRUE(world.store().end_trial().ok());
  EXPECT_EQ(world.judge(kDay)->version(), version);
  // Nor does one that never ends: its process was killed.
  ASSERT_TRUE(world.store().begin_trial().ok());
  world.list(kDay, {});
  world.reopen();
  EXPECT_EQ(world.judge(kDay)->version(), version);
  const auto entries = list_entries(world.store(), "deere", 0, kDay);
  ASSERT_TRUE(entries.ok()) << entries.message();
  const auto tier =
      std::find_if(entries->begin(), entries->end(), [](const ListEntry& e) { return e.field == "tier"; });
  ASSERT_NE(tier, entries->end());
  EXPECT_EQ(tier->day, kDay);
  EXPECT_EQ(tier->value, "one-to-few");
  EXPECT_TRUE(list_entries(world.store(), "deere", 0, kDay - 1)->empty());
}

TEST(Engagement, ATrialSeesOneStateAndKeepsNobodyWaiting) {
  const Folder folder;
  const std::string path = folder / "engagement.db";
  World drafts(std::string(kPlain), path);
  drafts.fold({{.day = kDay}});
  drafts.list(kDay, {testing::listed("deere", accounts::Tier::kOneToFew)});
  const auto before = drafts.of("deere", kDay).activity;
  World agent(std::string(kPlain), path);
  ASSERT_TRUE(drafts.store().begin_trial().ok());
  drafts.list(kDay, {testing::listed("deere", accounts::Tier::kOneToOne)});
  EXPECT_EQ(drafts.of("deere", kDay).tier, accounts::Tier::kOneToOne);
  const auto started = std::chrono::steady_clock::now();
  agent.fold({{.day = kDay, .person = "b", .request = 77}});
  agent.list(kDay + 1, {testing::listed("deere", accounts::Tier::kOneToMany)});
  EXPECT_EQ(agent.of("deere", kDay + 1).activity.visits_30d, 2u);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(4));  // others give up after 5 s
  EXPECT_EQ(drafts.of("deere", kDay).activity.visits_30d, 1u) << "as it was when the trial began";
  EXPECT_EQ(drafts.of("deere", kDay + 1).tier, accounts::Tier::kOneToOne);
  ASSERT_TRUE(drafts.store().end_trial().ok());
  EXPECT_EQ(drafts.of("deere", kDay).activity.visits_30d, 2u);
  EXPECT_EQ(drafts.of("deere", kDay).tier, accounts::Tier::kOneToFew);
  EXPECT_EQ(drafts.of("deere", kDay + 1).tier, accounts::Tier::kOneToMany);
  // Points of a draft are counted on trial, too, and days stay as they are.
  drafts.configure("engagement: { visits: v, points: { page: 7 } }\n");
  ASSERT_TRUE(drafts.store().begin_trial().ok());
  EXPECT_GT(drafts.of("deere", kDay).activity.engagement, before.engagement);
  agent.fold({{.day = kDay, .person = "c", .request = 78}});
  EXPECT_EQ(agent.of("deere", kDay).activity.people_30d, 3u);
  EXPECT_EQ(drafts.of("deere", kDay).activity.people_30d, 2u);
  ASSERT_TRUE(drafts.store().end_trial().ok());
  EXPECT_EQ(**agent.store().database().number("SELECT points FROM day"), 3);
}

}  // namespace
}  // namespace abm::measure
