// A data folder with generations of format 1, as version 0.1.0 made them: none is served, and the next
// publication replaces them as it would any others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generation/adopter.h"
#include "generation/folder.h"
#include "generation/publish.h"
#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::make_artifacts;
using testing::make_format_1;
using testing::publish_sample;
using testing::read_text;
using testing::Sample;
using testing::TemporaryFolder;
using State = Adopter::State;

constexpr std::string_view kWhy =
    "MANIFEST.json: format generation/1 names its files by a hash that can be forged: publish again with "
    "this version";

/// Format 2, as versions 0.2 made it: it is served, rolled back to, mirrored and linked as before.
TEST(FormatTwo, ServesOnAcrossAnUpgradeAndIsReplacedLikeAnyOther) {
  TemporaryFolder data;
  publish_sample(data.path(), {.feed_version = 10, .accounts = 100});
  testing::make_format_2(data / "gen-000001");
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted) << adopter.error();
  PublishOptions options;
  options.data_dir = data.path();
  const auto published =
      publish(make_artifacts({.feed_version = 10, .salt = "q1", .accounts = 100}), options);
  ASSERT_TRUE(published.ok()) << published.message();
  EXPECT_THAT(published->linked, ::testing::ElementsAre("ipdb.mmdb", "accounts.bin"));
  EXPECT_EQ(adopter.run_to_end(), State::kAdopted) << adopter.error();
  const auto list = list_generations(data.path());
  ASSERT_TRUE(list.ok());
  EXPECT_EQ((*list)[0].format, 2u);
  EXPECT_TRUE((*list)[0].complete);
  EXPECT_EQ((*list)[1].format, 3u);
  EXPECT_EQ((*list)[1].replaces, 1u);
  EXPECT_EQ((*list)[1].counts_before, (NamedCounts{{"accounts", 100}}));
  const auto back = rollback(data.path());
  ASSERT_TRUE(back.ok()) << back.message();
  EXPECT_EQ(adopter.run_to_end(), State::kAdopted) << adopter.error();
  EXPECT_EQ(adopter.current()->number(), 1u);
}

class OldFormat : public ::testing::Test {
 protected:
  void SetUp() override {
    publish_sample(data.path(), {.feed_version = 10, .accounts = 100});
    make_format_1(data / "gen-000001");
    options.data_dir = data.path();
    options.rules.max_shrink_percent = 50;
  }
  std::string refusal(const Sample& sample) {
    const auto published = publish(make_artifacts(sample), options);
    return published ? "published" : published.message();
  }
  TemporaryFolder data;
  PublishOptions options;
};

TEST_F(OldFormat, IsNotOpenedAndSaysWhatToDo) {
  EXPECT_EQ(Generation::open(data.path()).message(), data / ("gen-000001/" + std::string(kWhy)));
}

TEST_F(OldFormat, LeavesPagesOriginalWithOneError) {
  Adopter adopter(data.path());
  EXPECT_EQ(adopter.run_to_end(), State::kFailed);
  EXPECT_EQ(adopter.error(),
            data / ("gen-000001/" + std::string(kWhy) + " (no generation is in use: pages stay original)"));
  EXPECT_EQ(adopter.current(), nullptr);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(adopter.run_to_end(), State::kIdle);
  EXPECT_EQ(adopter.faults(), 1u);
  ASSERT_EQ(refusal({.feed_version = 10, .accounts = 100}), "published");
  EXPECT_EQ(adopter.run_to_end(), State::kAdopted);
  EXPECT_EQ(adopter.current()->number(), 2u);
}

TEST_F(OldFormat, IsReplacedByTheNextNumberAndNothingOfItIsLinked) {
  const auto published = publish(make_artifacts({.feed_version = 10, .accounts = 100}), options);
  ASSERT_TRUE(published.ok()) << published.message();
  EXPECT_EQ(published->number, 2u);
  EXPECT_TRUE(published->changed) << "the same content, under a manifest that can vouch for it";
  EXPECT_TRUE(published->linked.empty());
  EXPECT_EQ((*Generation::open(data.path()))->number(), 2u);
}

TEST_F(OldFormat, StillGuardsAgainstOlderForeignAndShrunkenFeeds) {
  EXPECT_EQ(refusal({.feed_version = 9, .accounts = 100}),
            "feed version 9 is older than 10, which generation 1 has");
  EXPECT_THAT(refusal({.tenant = "other", .feed_version = 11, .accounts = 100}),
              HasSubstr("feed of tenant 'other'"));
  EXPECT_EQ(refusal({.feed_version = 11, .accounts = 49}),
            "feed has 49 accounts, 51 fewer than the 100 of generation 1: more than max_shrink 50%");
  EXPECT_EQ(read_text(data / "CURRENT"), "gen-000001\n");
  EXPECT_EQ(refusal({.feed_version = 11, .accounts = 50}), "published");
}

TEST_F(OldFormat, IsNotRolledBackTo) {
  ASSERT_EQ(refusal({.feed_version = 11, .accounts = 100}), "published");
  EXPECT_THAT(rollback(data.path()).message(), EndsWith(kWhy));
  EXPECT_THAT(rollback(data.path(), 1).message(), EndsWith(kWhy));
  EXPECT_EQ(read_text(data / "CURRENT"), "gen-000002\n");
}

TEST_F(OldFormat, IsListedAsWhatItIs) {
  ASSERT_EQ(refusal({.feed_version = 11, .accounts = 100}), "published");
  const auto list = list_generations(data.path());
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ((*list)[0].format, kForgeableFormat);
  EXPECT_EQ((*list)[0].feed_version, 10u);
  EXPECT_TRUE((*list)[0].complete);
  EXPECT_EQ((*list)[1].format, Manifest::kFormat);
}

TEST_F(OldFormat, TellsItsFactsAndNoHash) {
  const auto folder = open_folder(data.path());
  ASSERT_TRUE(folder.ok());
  const auto facts = read_current_facts(*folder);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->format, kForgeableFormat);
  EXPECT_EQ(facts->number, 1u);
  EXPECT_EQ(facts->tenant, "acme-web");
  EXPECT_EQ(facts->feed_version, 10u);
  EXPECT_EQ(facts->accounts, 100u);
  EXPECT_EQ(facts->sizes[0], read_text(data / "gen-000001/ipdb.mmdb").size());
}

TEST_F(OldFormat, IsRefusedWhenDamagedEvenForItsFacts) {
  const std::string path = data / "gen-000001/MANIFEST.json";
  const std::string text = read_text(path);
  ASSERT_TRUE(read_manifest_facts(text).ok());
  for (size_t at = 0; at < text.size(); ++at) {
    std::string damaged = text;
    damaged[at] ^= 1;
    EXPECT_FALSE(read_manifest_facts(damaged).ok()) << at;
  }
}

TEST(NewerFormat, AsksForAnUpgrade) {
  EXPECT_EQ(
      read_manifest("{\n  \"abm\": \"generation/4\",\n").message(),
      "MANIFEST.json: format generation/4 is newer than this version, which reads up to generation/3: upgrade");
}

}  // namespace
}  // namespace abm::generation
