#include "generation/adopter.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "generation/publish.h"
#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

using testing::overwrite_in_place;
using testing::publish_sample;
using testing::read_text;
using testing::TemporaryFolder;
using State = Adopter::State;

size_t memfd_mappings() {
  std::ifstream lines("/proc/self/maps");
  size_t count = 0;
  for (std::string line; std::getline(lines, line);) count += line.find("/memfd:") != line.npos ? 1 : 0;
  return count;
}

TEST(Adopter, IsIdleWithoutDataAndAdoptsOnceThereIsSome) {
  const TemporaryFolder data;
  Adopter adopter(data / "site");
  EXPECT_EQ(adopter.run_to_end(), State::kIdle);
  EXPECT_EQ(adopter.current(), nullptr);
  EXPECT_EQ(adopter.error(), data / "site: no such folder");
  std::filesystem::create_directory(data / "site");
  EXPECT_EQ(adopter.run_to_end(), State::kIdle);
  EXPECT_EQ(adopter.error(), data / "site/CURRENT: no such file; nothing is published yet");
  publish_sample(data / "site");
  EXPECT_EQ(adopter.run_to_end(), State::kAdopted);
  ASSERT_NE(adopter.current(), nullptr);
  EXPECT_EQ(adopter.current()->number(), 1u);
  EXPECT_EQ(adopter.error(), "");
  EXPECT_EQ(adopter.run_to_end(), State::kIdle);
  EXPECT_EQ(adopter.faults(), 0u);
}

TEST(Adopter, WorksInPiecesAndServesTheOldOneMeanwhile) {
  const TemporaryFolder data;
  publish_sample(data.path());
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  const auto before = adopter.current();
  publish_sample(data.path(), {.feed_version = 8, .padding = 900});
  size_t steps = 0;
  State state = State::kWorking;
  while (state == State::kWorking) {
    EXPECT_EQ(adopter.current(), before);
    state = adopter.step(std::chrono::microseconds(0));
    ++steps;
  }
  EXPECT_EQ(state, State::kAdopted);
  EXPECT_EQ(adopter.current()->number(), 2u);
  // One step to look, at least one to open and one to read the changed part, one to assemble.
  EXPECT_GE(steps, 4u);
  // Anyone who still holds the old one can use it.
  EXPECT_TRUE(before->accounts().find_id("deere").has_value());
}

TEST(Adopter, KeepsTheMappingOfWhatDidNotChange) {
  const TemporaryFolder data;
  publish_sample(data.path());
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  const auto before = adopter.current();
  publish_sample(data.path(), {.salt = "another"});
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  EXPECT_EQ(adopter.current()->part(Part::kIpdb), before->part(Part::kIpdb));
  EXPECT_EQ(adopter.current()->part(Part::kAccounts), before->part(Part::kAccounts));
  EXPECT_NE(adopter.current()->part(Part::kRules), before->part(Part::kRules));
  EXPECT_EQ(&adopter.current()->index(), &before->index());
  EXPECT_EQ(adopter.current()->rules().control_salt(), "another");
}

TEST(Adopter, FreesWhatWasReplacedBeforeItAdoptsMore) {
  const TemporaryFolder data;
  for (const char* salt : {"one", "two", "three"}) publish_sample(data.path(), {.salt = salt});
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  const size_t mapped = memfd_mappings();
  for (int turn = 1; turn <= 60; ++turn) {
    std::ofstream(data / "CURRENT.new") << "gen-00000" << 1 + turn % 3 << "\n";
    std::filesystem::rename(data / "CURRENT.new", data / "CURRENT");
    while (adopter.step(std::chrono::microseconds(0)) != State::kAdopted) {
    }
    // The one in use and the one before it.
    ASSERT_LE(memfd_mappings(), mapped + 1) << turn;
  }
}

TEST(Adopter, IsNotHarmedByOverwritingOrTruncatingWhatItAdopted) {
  const TemporaryFolder data;
  publish_sample(data.path());
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  for (const std::string_view name : kPartNames) {
    const std::string path = data / ("gen-000001/" + std::string(name));
    overwrite_in_place(path, std::string(read_text(path).size(), '\xff'));
    ASSERT_EQ(::truncate(path.c_str(), 0), 0);
  }
  const Generation& generation = *adopter.current();
  EXPECT_EQ(generation.accounts().find_id("deere")->name(), "Name of deere");
  EXPECT_TRUE(generation.index().lookup(*IpAddress::parse("192.0.2.1")).identified());
  EXPECT_EQ(generation.rules().control_salt(), "q4");
  EXPECT_EQ(adopter.run_to_end(), State::kIdle);
}

TEST(Adopter, ReportsEachFaultOnceAndKeepsTheOldGeneration) {
  const TemporaryFolder data;
  publish_sample(data.path());
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  publish_sample(data.path(), {.feed_version = 8});
  const std::string path = data / "gen-000002/accounts.bin";
  const std::string good = read_text(path);
  overwrite_in_place(path, good.substr(0, good.size() - 8));
  EXPECT_EQ(adopter.run_to_end(), State::kFailed);
  EXPECT_TRUE(adopter.error().starts_with(path + ": ")) << adopter.error();
  EXPECT_TRUE(adopter.error().ends_with("(generation 1 goes on serving)")) << adopter.error();
  EXPECT_EQ(adopter.current()->number(), 1u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(adopter.run_to_end(), State::kIdle);
  EXPECT_EQ(adopter.faults(), 1u);

  // Another fault in the same generation is reported; once repaired, the file is adopted.
  std::string flipped = good;
  flipped[good.size() / 2] ^= 1;
  overwrite_in_place(path, flipped);
  EXPECT_EQ(adopter.run_to_end(), State::kFailed);
  EXPECT_EQ(adopter.faults(), 2u);
  overwrite_in_place(path, good);
  EXPECT_EQ(adopter.run_to_end(), State::kAdopted);
  EXPECT_EQ(adopter.current()->number(), 2u);
  EXPECT_EQ(adopter.error(), "");
}

TEST(Adopter, RefusesEveryKindOfDamageAndGoesOnServing) {
  const TemporaryFolder data;
  publish_sample(data.path());
  publish_sample(data.path(), {.account = "ford", .feed_version = 8, .salt = "new"});
  for (const std::string_view name : {"MANIFEST.json", "ipdb.mmdb", "accounts.bin", "rules.bin"}) {
    const std::string path = data / ("gen-000002/" + std::string(name));
    const std::string good = read_text(path);
    std::string flipped = good;
    flipped[good.size() / 2] ^= 1;
    for (const std::string& damaged :
         {std::string(), good.substr(0, good.size() / 2), flipped, good + good}) {
      testing::write_text(data / "CURRENT", "gen-000001\n");
      Adopter adopter(data.path());
      ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
      overwrite_in_place(path, damaged);
      testing::write_text(data / "CURRENT", "gen-000002\n");
      EXPECT_EQ(adopter.run_to_end(), State::kFailed) << name << " of " << damaged.size() << " bytes";
      EXPECT_EQ(adopter.current()->number(), 1u);
    }
    std::filesystem::remove(path);
    Adopter adopter(data.path());
    EXPECT_EQ(adopter.run_to_end(), State::kFailed);
    EXPECT_TRUE(adopter.error().starts_with(path + ": ")) << adopter.error();
    EXPECT_TRUE(adopter.error().ends_with("(no generation is in use: pages stay original)"))
        << adopter.error();
    testing::write_text(path, good);
  }
}

TEST(Adopter, RefusesACurrentThatNamesNoGeneration) {
  const TemporaryFolder data;
  publish_sample(data.path());
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  for (const std::string_view text :
       {"", "\n", "gen-1\n", "../gen-000001\n", "gen-000001\n\n", "gen-000009\n"}) {
    testing::write_text(data / "CURRENT", text);
    EXPECT_EQ(adopter.run_to_end(), State::kFailed) << text;
    EXPECT_EQ(adopter.current()->number(), 1u);
    testing::write_text(data / "CURRENT", "gen-000001\n");
    EXPECT_EQ(adopter.run_to_end(), State::kIdle) << text;
  }
  testing::write_text(data / "CURRENT", std::string(1 << 20, 'x'));
  EXPECT_EQ(adopter.run_to_end(), State::kFailed);
  std::filesystem::remove(data / "CURRENT");
  EXPECT_EQ(adopter.run_to_end(), State::kFailed);
  EXPECT_EQ(adopter.current()->number(), 1u);
}

TEST(Adopter, AFaultIsGoneAtTheFirstLookAfterItsCause) {
  const TemporaryFolder data;
  publish_sample(data / "site");
  Adopter adopter(data / "site");
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  // CURRENT names what is no generation, and then the same one again.
  testing::write_text(data / "site/CURRENT", "gen-000009\n");
  EXPECT_EQ(adopter.run_to_end(), State::kFailed);
  EXPECT_NE(adopter.fault(), "");
  EXPECT_EQ(adopter.run_to_end(), State::kIdle);
  EXPECT_NE(adopter.fault(), "") << "it lasts";
  testing::write_text(data / "site/CURRENT", "gen-000001\n");
  EXPECT_EQ(adopter.run_to_end(), State::kIdle);
  EXPECT_EQ(adopter.fault(), "");
  // The folder goes away and comes back as it was: nothing in it looks different.
  std::filesystem::rename(data / "site", data / "away");
  EXPECT_EQ(adopter.run_to_end(), State::kFailed);
  EXPECT_EQ(adopter.fault(), data / "site: no such folder (generation 1 goes on serving)");
  std::filesystem::rename(data / "away", data / "site");
  EXPECT_EQ(adopter.run_to_end(), State::kIdle);
  EXPECT_EQ(adopter.fault(), "");
  // A file of the generation in use is closed and opened again: only a rollback to it makes anybody look.
  testing::write_text(data / "site/CURRENT", "gen-000001 \n");
  EXPECT_EQ(adopter.run_to_end(), State::kFailed);
  ASSERT_TRUE(rollback(data / "site", 1).ok());
  EXPECT_EQ(adopter.run_to_end(), State::kIdle);
  EXPECT_EQ(adopter.fault(), "");
}

TEST(Adopter, RefusesAFolderThatOthersMayWriteAndSaysTheRemedy) {
  const TemporaryFolder data;
  publish_sample(data.path());
  ::chmod(data.path().c_str(), 0777);
  Adopter adopter(data.path());
  EXPECT_EQ(adopter.run_to_end(), State::kFailed);
  EXPECT_NE(adopter.error().find("run chmod go-w on it"), std::string::npos) << adopter.error();
  EXPECT_EQ(adopter.current(), nullptr);
  ::chmod(data.path().c_str(), 0755);
  EXPECT_EQ(adopter.run_to_end(), State::kAdopted);
}

TEST(Adopter, FollowsARollbackAndARecreatedFolder) {
  const TemporaryFolder data;
  publish_sample(data / "site");
  publish_sample(data / "site", {.feed_version = 8});
  Adopter adopter(data / "site");
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  ASSERT_TRUE(rollback(data / "site").ok());
  EXPECT_EQ(adopter.run_to_end(), State::kAdopted);
  EXPECT_EQ(adopter.current()->manifest().feed_version, 7u);
  // The same number with other content: what a wiped and republished folder looks like.
  std::filesystem::remove_all(data / "site");
  EXPECT_EQ(adopter.run_to_end(), State::kFailed);
  publish_sample(data / "site", {.feed_version = 9});
  EXPECT_EQ(adopter.run_to_end(), State::kAdopted);
  EXPECT_EQ(adopter.current()->number(), 1u);
  EXPECT_EQ(adopter.current()->manifest().feed_version, 9u);
}

TEST(Adopter, TakesTheNewestWhenThePublisherOvertakesIt) {
  const TemporaryFolder data;
  PublishOptions options;
  options.data_dir = data.path();
  options.keep = 1;
  ASSERT_TRUE(publish(testing::make_artifacts(), options).ok());
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.step(std::chrono::microseconds(0)), State::kWorking);
  ASSERT_TRUE(
      publish(testing::make_artifacts({.account = "eon", .feed_version = 8, .salt = "x"}), options).ok());
  EXPECT_EQ(adopter.run_to_end(), State::kAdopted);
  EXPECT_EQ(adopter.current()->number(), 2u);
  EXPECT_EQ(adopter.faults(), 0u);
}

}  // namespace
}  // namespace abm::generation
