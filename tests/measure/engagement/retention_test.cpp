// What is too old: not read, deleted, gone from the file, and never missed.
#include "measure/engagement/retention.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "base/file.h"
#include "tests/measure/engagement/engagement_testing.h"

namespace abm::measure {
namespace {

using testing::Folder;
using ::testing::HasSubstr;
using testing::kDay;
using testing::Load;
using ::testing::Not;
using testing::World;

constexpr std::string_view kSite = "engagement: { visits: v, half_life: 6d, points: { page: 2 } }\n";

class RetentionTest : public ::testing::Test {
 protected:
  RetentionTest() : world_(std::string(kSite), folder_ / "engagement.db") { world_.keep_days(60); }

  int64_t number(const std::string& sql) {
    const auto value = world_.store().database().number(sql);
    EXPECT_TRUE(value.ok()) << value.message();
    return value.ok() ? value->value_or(-1) : -1;
  }
  /// All that is on disk.
  std::string bytes() {
    std::string all;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(folder_ / "x").parent_path())) {
      if (const auto text = read_file(entry.path().string(), 1u << 30); text) all += *text;
    }
    return all;
  }

  Folder folder_;
  World world_;
};

TEST_F(RetentionTest, DoesNotReadWhatIsTooOldAndTellsHowMany) {
  world_.keep_from_now(kDay);
  const FoldCounts counts =
      world_.fold({{.day = kDay - 60}, {.day = kDay - 59}, {.day = kDay - 400}, {.day = kDay}});
  EXPECT_EQ(counts.too_old, 2u);
  EXPECT_EQ(counts.counted, 2u);
  EXPECT_EQ(*gone_before(world_.store()), kDay - 59);
  EXPECT_EQ(world_.of("deere", kDay).activity.first_seen_days, 59);
}

TEST_F(RetentionTest, WhatWasDeletedDoesNotComeBackWhenTheClockGoesBack) {
  world_.fold({{.day = kDay - 60, .request = 7}});
  EXPECT_EQ(world_.retain(kDay).visits, 1u);
  world_.keep_from_now(kDay - 10);
  EXPECT_EQ(world_.fold({{.day = kDay - 60, .request = 7}}).too_old, 1u);
  ASSERT_TRUE(world_.store().begin().ok());
  ASSERT_TRUE(world_.store().clear_visits().ok());
  ASSERT_TRUE(world_.store().commit().ok());
  world_.keep_from_now(kDay - 10);
  EXPECT_EQ(world_.fold({{.day = kDay - 60, .request = 7}}).counted, 1u);
}

TEST_F(RetentionTest, CountsWhatIsKeptEvenBeforeAnythingIsDeleted) {
  world_.fold({{.day = kDay - 60}, {.day = kDay - 1}});
  EXPECT_EQ(world_.of("deere", kDay).activity.first_seen_days, 1);
  EXPECT_EQ(world_.of("deere", kDay - 1).activity.first_seen_days, 59);
  EXPECT_FALSE(world_.of("deere", kDay + 59).activity.quiet_days.has_value());
  EXPECT_EQ(world_.of("deere", kDay + 58).activity.quiet_days, 59);
}

TEST_F(RetentionTest, DeletesVisitsDaysAndNamesFromTheFile) {
  for (int i = 0; i < 40; ++i)
    world_.fold({{.account = "gone-inc",
                  .day = kDay - 70,
                  .path = "/secret-" + std::to_string(i),
                  .signals = {"old"}},
                 {.day = kDay, .path = "/kept-" + std::to_string(i)}});
  world_.fold({{.account = "gone-inc", .day = kDay - 70, .path = "/secret-last"}});
  world_.judge(kDay);
  const std::string said = world_.judge(kDay)->version();
  EXPECT_THAT(bytes(), HasSubstr("/secret-7"));
  const Dropped dropped = world_.retain(kDay);
  EXPECT_EQ(dropped.visits, 41u);
  EXPECT_EQ(dropped.days, 1u);
  EXPECT_GE(dropped.names, 43u);
  EXPECT_EQ(world_.judge(kDay)->version(), said);
  EXPECT_EQ(number("SELECT count(*) FROM visit"), 40);
  EXPECT_EQ(number("SELECT count(*) FROM day"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM page WHERE path <> ''"), 40);
  EXPECT_EQ(number("SELECT count(*) FROM account WHERE name <> ''"), 1);
  ASSERT_TRUE(world_.store().database().execute("PRAGMA wal_checkpoint(TRUNCATE)").ok());
  const std::string left = bytes();
  EXPECT_THAT(left, HasSubstr("/kept-7"));
  EXPECT_THAT(left, Not(HasSubstr("/secret")));
  EXPECT_THAT(left, Not(HasSubstr("gone-inc")));
  EXPECT_EQ(world_.retain(kDay).visits, 0u);
}

TEST_F(RetentionTest, ANumberIsNeverGivenToAnotherName) {
  auto other = EngagementStore::open(folder_ / "engagement.db", [](std::string_view) {});
  ASSERT_TRUE(other.ok()) << other.message();
  const auto fold_there = [&other](const Load& load) {
    LineFolder folder(*other);
    ASSERT_TRUE(other->begin().ok());
    ASSERT_TRUE(folder.add(load.text(), 0, false, false).ok());
    ASSERT_TRUE(folder.flush().ok());
    ASSERT_TRUE(other->commit().ok());
  };
  fold_there({.account = "gone-inc", .day = kDay - 70, .path = "/old", .request = 1});
  EXPECT_EQ(world_.retain(kDay).visits, 1u);
  world_.fold({{.account = "new-inc", .day = kDay, .path = "/new", .request = 2}});
  // It remembers the numbers of names that are gone.
  fold_there({.account = "gone-inc", .day = kDay, .path = "/old", .request = 3});
  EXPECT_EQ(world_.of("gone-inc", kDay).pages.at(0).path, "/old");
  EXPECT_EQ(world_.of("new-inc", kDay).pages.at(0).path, "/new");
}

TEST_F(RetentionTest, KeepsWhatTheListSaidOnTheFirstDay) {
  world_.list(kDay - 100, {testing::listed("deere"), testing::listed("left")});
  world_.list(kDay - 80, {testing::listed("deere", accounts::Tier::kOneToFew)});
  world_.list(kDay - 70, {testing::listed("deere", accounts::Tier::kOneToMany)});
  world_.list(kDay - 3, {testing::listed("deere", accounts::Tier::kOneToOne)});
  world_.fold({{.day = kDay}});
  const std::string said = world_.judge(kDay)->version();
  EXPECT_GT(world_.retain(kDay).list_entries, 0u);
  EXPECT_EQ(world_.judge(kDay)->version(), said);
  EXPECT_EQ(world_.of("deere", kDay - 4).tier, accounts::Tier::kOneToMany);
  EXPECT_EQ(number("SELECT count(*) FROM listed WHERE account = 'deere' AND field = 'tier'"), 2);
  // Of one that left the list, only that.
  EXPECT_EQ(number("SELECT count(*) FROM listed WHERE account = 'left'"), 1);
  EXPECT_EQ(*gone_before(world_.store()), kDay - 70);
  // It comes back as if nothing had been deleted.
  world_.list(kDay + 1,
              {testing::listed("deere"), testing::listed("left", accounts::Tier::kOneToFew, "customer")});
  EXPECT_EQ(world_.of("left", kDay + 1).stage, "customer");
}

TEST_F(RetentionTest, MakesAFileSmallerThatHadNoSuchRule) {
  const std::string path = folder_ / "engagement.db";
  for (const bool is_old : {true, false}) {
    SCOPED_TRACE(is_old);
    if (is_old) {
      world_.reopen();
      ASSERT_TRUE(world_.store()
                      .database()
                      .execute("PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM; "
                               "PRAGMA journal_mode = WAL")
                      .ok());
      ASSERT_EQ(number("PRAGMA auto_vacuum"), 0);
    }
    const Day today = is_old ? kDay : kDay + 100;
    std::vector<Load> loads;
    for (int i = 0; i < 20'000; ++i)
      loads.push_back({.day = today - 70, .path = "/" + std::string(60, 'p') + std::to_string(i)});
    loads.push_back({.day = today});
    world_.fold(loads);
    const std::string said = world_.judge(today)->version();
    ASSERT_TRUE(world_.store().database().execute("PRAGMA wal_checkpoint(TRUNCATE)").ok());
    const auto before = std::filesystem::file_size(path);
    const Dropped dropped = world_.retain(today);
    EXPECT_EQ(dropped.not_smaller, "");
    EXPECT_EQ(number("PRAGMA auto_vacuum"), 2);
    EXPECT_LT(std::filesystem::file_size(path), before / 4);
    EXPECT_EQ(world_.judge(today)->version(), said);
  }
}

TEST_F(RetentionTest, CanBeStoppedAndGoesOn) {
  world_.fold({{.day = kDay - 70}, {.day = kDay}});
  world_.keep_from_now(kDay);
  ASSERT_TRUE(drop_old(world_.store(), [] { return true; }).ok());
  EXPECT_EQ(number("SELECT count(*) FROM visit"), 2);
  EXPECT_EQ(world_.drop().visits, 1u);
}

TEST_F(RetentionTest, ForgetsOneAccountAndNoOther) {
  for (int i = 0; i < 300; ++i) {
    world_.fold({{.account = "gone-inc", .day = kDay - i / 10, .path = "/secret-" + std::to_string(i)},
                 {.day = kDay}});
    if (i == 250) world_.judge(kDay);
  }
  world_.list(kDay, {testing::listed("deere"), testing::listed("gone-inc")});
  ASSERT_TRUE(note_published(world_.store(), *world_.judge(kDay), 1).ok());
  const uint64_t version = *world_.store().visits_version();
  const Standing deere = world_.of("deere", kDay);
  const auto forgotten = forget_account(world_.store(), "gone-inc");
  ASSERT_TRUE(forgotten.ok()) << forgotten.message();
  EXPECT_EQ(forgotten->visits, 300u);
  EXPECT_EQ(forgotten->days, 30u);
  EXPECT_EQ(forgotten->list_entries, 3u);
  EXPECT_EQ(forgotten->published, 1u);
  EXPECT_EQ(world_.judge(kDay)->find("gone-inc"), nullptr);
  EXPECT_EQ(world_.of("deere", kDay).activity.visits_30d, deere.activity.visits_30d);
  EXPECT_NE(*world_.store().visits_version(), version);
  EXPECT_THAT(bytes(), Not(HasSubstr("/secret")));
  EXPECT_THAT(bytes(), Not(HasSubstr("gone-inc")));
  const auto again = forget_account(world_.store(), "gone-inc");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->visits + again->list_entries + again->published, 0u);
}

}  // namespace
}  // namespace abm::measure
