#include "generation/hold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "generation/hold_watch.h"
#include "generation/publish.h"
#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::make_artifacts;
using testing::names_in;
using testing::publish_sample;
using testing::read_text;
using testing::TemporaryFolder;
using testing::write_text;

const Hold kSomeHold{.generation = 7, .since = 1'795'000'000, .replaced = 9, .by = "abm"};

std::optional<Hold> held_in(const std::string& path) {
  const auto data = open_folder(path);
  EXPECT_TRUE(data.ok());
  const auto hold = read_hold(*data);
  EXPECT_TRUE(hold.ok()) << hold.message();
  return *hold;
}

PublishOptions options_for(const std::string& data_dir) {
  PublishOptions options;
  options.data_dir = data_dir;
  return options;
}

TEST(Hold, IsReadAsItWasWritten) {
  const auto read = parse_hold(write_hold(kSomeHold));
  ASSERT_TRUE(read.ok()) << read.message();
  EXPECT_EQ(*read, kSomeHold);
}

TEST(Hold, RefusesEveryDamagedByteAndEveryOtherSpelling) {
  const std::string text = write_hold(kSomeHold);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] ^= 1;
    EXPECT_FALSE(parse_hold(damaged).ok()) << i;
    EXPECT_FALSE(parse_hold(text.substr(0, i)).ok()) << i;
  }
  EXPECT_FALSE(parse_hold(text + "\n").ok());
  EXPECT_FALSE(parse_hold(write_hold({.generation = 0, .since = 1, .replaced = 0, .by = "abm"})).ok());
  EXPECT_FALSE(parse_hold(write_hold({.generation = 1, .since = 1, .replaced = 0, .by = "a\"b"})).ok());
}

TEST(Hold, NamesTheUserWithPlainLettersOnly) {
  EXPECT_FALSE(user_for_hold().empty());
  EXPECT_EQ(user_for_hold().find_first_of("\"\\\n "), std::string::npos);
}

TEST(Hold, RollbackHoldsAndPublishRefusesWhatWouldUndoIt) {
  const TemporaryFolder data;
  publish_sample(data.path());
  publish_sample(data.path(), {.feed_version = 8, .salt = "q5"});
  ASSERT_TRUE(rollback(data.path()).ok());
  const auto hold = held_in(data.path());
  ASSERT_TRUE(hold.has_value());
  EXPECT_EQ(hold->generation, 1u);
  EXPECT_EQ(hold->replaced, 2u);
  // Built before the rollback, or by somebody who does not know of it.
  const auto refused = publish(make_artifacts({.feed_version = 9, .salt = "q5"}), options_for(data.path()));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.message(), HasSubstr("rules were rolled back meanwhile (held at generation 1 since "));
  EXPECT_EQ(read_text(data / "CURRENT"), "gen-000001\n");
  EXPECT_THAT(names_in(data.path()),
              ElementsAre(".lock", "CURRENT", "HOLD.json", "gen-000001", "gen-000002"));
  auto options = options_for(data.path());
  options.hold = hold;
  const auto published = publish(make_artifacts({.feed_version = 9}), options);
  ASSERT_TRUE(published.ok()) << published.message();
  EXPECT_EQ(published->number, 3u);
  EXPECT_EQ(held_in(data.path()), hold);
}

TEST(Hold, EndsWithThePublicationThatResumes) {
  const TemporaryFolder data;
  publish_sample(data.path());
  publish_sample(data.path(), {.feed_version = 8, .salt = "q5"});
  ASSERT_TRUE(rollback(data.path()).ok());
  auto options = options_for(data.path());
  options.end_hold = true;
  const auto published = publish(make_artifacts({.feed_version = 8, .salt = "q6"}), options);
  ASSERT_TRUE(published.ok()) << published.message();
  EXPECT_EQ(held_in(data.path()), std::nullopt);
  // Where nothing changes, too.
  ASSERT_TRUE(rollback(data.path(), 3).ok());
  const auto again = publish(make_artifacts({.feed_version = 8, .salt = "q6"}), options);
  ASSERT_TRUE(again.ok()) << again.message();
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(held_in(data.path()), std::nullopt);
  // What was built while rules were held does not undo the resumption.
  options.end_hold = false;
  options.hold = kSomeHold;
  EXPECT_THAT(publish(make_artifacts({.feed_version = 9}), options).message(),
              HasSubstr("rules were resumed meanwhile"));
}

TEST(Hold, KeepsItsGenerationHoweverManyFollow) {
  const TemporaryFolder data;
  publish_sample(data.path());
  publish_sample(data.path(), {.feed_version = 8, .salt = "q5"});
  ASSERT_TRUE(rollback(data.path()).ok());
  auto options = options_for(data.path());
  options.keep = 2;
  options.hold = held_in(data.path());
  for (uint64_t version = 10; version < 15; ++version)
    ASSERT_TRUE(publish(make_artifacts({.feed_version = version}), options).ok());
  EXPECT_THAT(names_in(data.path()),
              ElementsAre(".lock", "CURRENT", "HOLD.json", "gen-000001", "gen-000006", "gen-000007"));
}

TEST(Hold, AnotherRollbackGoesBelowTheHeldOne) {
  const TemporaryFolder data;
  for (uint64_t version = 1; version <= 3; ++version) publish_sample(data.path(), {.feed_version = version});
  ASSERT_EQ(*rollback(data.path()), 2u);
  publish_sample(data.path(), {.feed_version = 4});  // generation 4, with the rules of 2
  // "The one before" is not 3: its rules are those that were rolled back.
  EXPECT_EQ(*rollback(data.path()), 1u);
  EXPECT_EQ(held_in(data.path())->generation, 1u);
  EXPECT_THAT(rollback(data.path()).message(), HasSubstr("no generation before 1 is kept"));
  EXPECT_EQ(*rollback(data.path(), 3), 3u);
  EXPECT_EQ(held_in(data.path())->generation, 3u);
}

TEST(Hold, OfTheGenerationInUseKeepsItsTime) {
  const TemporaryFolder data;
  publish_sample(data.path());
  ASSERT_EQ(*rollback(data.path(), 1), 1u);
  auto hold = held_in(data.path());
  hold->since -= 1000;
  write_text(data / "HOLD.json", write_hold(*hold));
  ASSERT_EQ(*rollback(data.path(), 1), 1u);
  EXPECT_EQ(held_in(data.path()), hold);
}

TEST(Hold, StaysAsItWasWhereTheGenerationDoesNotOpen) {
  const TemporaryFolder data;
  publish_sample(data.path());
  publish_sample(data.path(), {.feed_version = 8});
  testing::overwrite_in_place(data / "gen-000001/rules.bin", "damaged");
  EXPECT_FALSE(rollback(data.path()).ok());
  EXPECT_EQ(held_in(data.path()), std::nullopt);
  EXPECT_EQ(read_text(data / "CURRENT"), "gen-000002\n");
}

TEST(Hold, DamagedStopsPublishingUntilSomebodyDecides) {
  const TemporaryFolder data;
  publish_sample(data.path());
  publish_sample(data.path(), {.feed_version = 8});
  write_text(data / "HOLD.json", "{}");
  const auto refused = publish(make_artifacts({.feed_version = 9}), options_for(data.path()));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.message(),
              HasSubstr("HOLD.json: damaged, or not of the format hold/1 (which rules are held "
                        "cannot be told: 'abmctl rollback N'"));
  EXPECT_THAT(rollback(data.path()).message(), HasSubstr("damaged"));
  EXPECT_EQ(*rollback(data.path(), 1), 1u);
  EXPECT_EQ(held_in(data.path())->generation, 1u);
}

TEST(Hold, OthersMayNotWriteIt) {
  const TemporaryFolder data;
  publish_sample(data.path());
  ASSERT_TRUE(rollback(data.path(), 1).ok());
  ::chmod((data / "HOLD.json").c_str(), 0666);
  const auto folder = open_folder(data.path());
  EXPECT_THAT(read_hold(*folder).message(), HasSubstr("chmod go-w"));
}

TEST(Hold, LeftoversOfKilledWritersAreDeleted) {
  const TemporaryFolder data;
  publish_sample(data.path());
  write_text(data / "HOLD.json.tmp-99999", "half");
  publish_sample(data.path(), {.feed_version = 8});
  EXPECT_FALSE(std::filesystem::exists(data / "HOLD.json.tmp-99999"));
}

TEST(Hold, RefusesToFollowAnOrigin) {
  const TemporaryFolder data;
  publish_sample(data.path());
  publish_sample(data.path(), {.feed_version = 8});
  ASSERT_TRUE(follow_to(data.path(), 1).ok());
  EXPECT_EQ(held_in(data.path()), std::nullopt);
  ASSERT_TRUE(rollback(data.path(), 1).ok());
  EXPECT_THAT(follow_to(data.path(), 2).message(), HasSubstr("held at generation 1 since"));
}

TEST(HoldWatch, SeesAHoldComeAndGo) {
  const TemporaryFolder data;
  publish_sample(data.path());
  HoldWatch watch;
  watch.look(data.path());
  EXPECT_FALSE(watch.held());
  ASSERT_TRUE(rollback(data.path(), 1).ok());
  watch.look(data.path());
  ASSERT_TRUE(watch.held());
  EXPECT_EQ(watch.hold()->generation, 1u);
  write_text(data / "HOLD.json", "{}");
  watch.look(data.path());
  EXPECT_TRUE(watch.held());
  EXPECT_FALSE(watch.hold().has_value());
  EXPECT_THAT(watch.fault(), HasSubstr("damaged"));
  std::filesystem::remove(data / "HOLD.json");
  watch.look(data.path());
  EXPECT_FALSE(watch.held());
  write_text(data / "no folder", "");
  watch.look(data / "no folder");
  EXPECT_TRUE(watch.held()) << "what cannot be looked at may hold";
  EXPECT_THAT(watch.fault(), HasSubstr("HOLD.json"));
  watch.look(data.path());
  EXPECT_FALSE(watch.held());
}

}  // namespace
}  // namespace abm::generation
