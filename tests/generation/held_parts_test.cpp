// What a worker holds in memory of its generations: little, whatever requests do, and reported.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <map>

#include "generation/adopter.h"
#include "generation/held_part.h"
#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

using testing::publish_sample;
using testing::TemporaryFolder;
using State = Adopter::State;

size_t count(const std::vector<HeldPart>& held, Part part) {
  return static_cast<size_t>(
      std::count_if(held.begin(), held.end(), [&](const HeldPart& one) { return one.part == part; }));
}

size_t count(const std::vector<HeldPart>& held, Part part, Holder why) {
  return static_cast<size_t>(std::count_if(
      held.begin(), held.end(), [&](const HeldPart& one) { return one.part == part && one.why == why; }));
}

/// Bytes of this process's mappings of accounts.bin.
uint64_t mapped_accounts() {
  std::ifstream lines("/proc/self/maps");
  uint64_t bytes = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("memfd:accounts.bin") == line.npos) continue;
    bytes += std::stoull(line.substr(line.find('-') + 1), nullptr, 16) - std::stoull(line, nullptr, 16);
  }
  return bytes;
}

TEST(HeldParts, AreTwoAccountSnapshotsAndTwoIndexesAtMostAtEveryStep) {
  const TemporaryFolder data;
  publish_sample(data.path(), {.fillers = 2000});
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  // Responses in progress, as the module keeps them: the rules they are written with; the oldest ends first.
  std::deque<std::shared_ptr<const rules::Program>> responses;
  std::map<Holder, size_t> seen;
  for (uint64_t version = 8; version < 28; ++version) {
    responses.push_back(adopter.current()->shared_rules());
    if (responses.size() > 5) responses.pop_front();
    publish_sample(data.path(), {.account = version % 2 == 0 ? "deere" : "bosch",
                                 .feed_version = version,
                                 .salt = std::to_string(version),
                                 .fillers = 2000});
    State state = State::kWorking;
    // Idle twice: nothing is left to free either.
    for (size_t idle = 0; idle < 2; idle += state == State::kIdle ? 1 : 0) {
      state = adopter.step(std::chrono::microseconds(0));
      ASSERT_NE(state, State::kFailed) << adopter.error();
      const auto held = adopter.held();
      ASSERT_LE(count(held, Part::kAccounts), 2u) << "version " << version;
      ASSERT_LE(count(held, Part::kIpdb), 2u) << "version " << version;
      ASSERT_LE(count(held, Part::kRules), 2 + responses.size()) << "version " << version;
      for (const HeldPart& part : held) {
        ++seen[part.why];
        ASSERT_TRUE(part.why != Holder::kUnderWay || part.part == Part::kRules);
      }
    }
    const auto held = adopter.held();
    EXPECT_EQ(adopter.current()->manifest().feed_version, version);
    EXPECT_EQ(count(held, Part::kAccounts), 1u);
    EXPECT_EQ(count(held, Part::kIpdb), 1u);
    EXPECT_EQ(count(held, Part::kRules, Holder::kUnderWay), responses.size());
    for (const auto& rules : responses) EXPECT_TRUE(rules::Program::open(rules->bytes()));
  }
  for (const Holder why : {Holder::kInUse, Holder::kBeingAdopted, Holder::kBeingFreed, Holder::kUnderWay}) {
    EXPECT_GT(seen[why], 0u) << to_string(why);
  }
  responses.clear();
  EXPECT_EQ(adopter.held().size(), kParts);
}

TEST(HeldParts, TellsTheBytesThatAreMapped) {
  const TemporaryFolder data;
  publish_sample(data.path(), {.fillers = 6000});
  Adopter adopter(data.path());
  EXPECT_TRUE(adopter.held().empty());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  for (const HeldPart& part : adopter.held()) {
    EXPECT_EQ(part.generation, 1u);
    EXPECT_EQ(part.why, Holder::kInUse);
    EXPECT_EQ(part.bytes, adopter.current()->part(part.part)->size());
  }
  const auto accounts = adopter.current()->part(Part::kAccounts)->size();
  EXPECT_GE(mapped_accounts(), accounts);
  EXPECT_LT(mapped_accounts(), accounts + 8192);
}

TEST(HeldParts, AreNotCountedTwiceWhereGenerationsShareThem) {
  const TemporaryFolder data;
  publish_sample(data.path(), {.fillers = 2000});
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  publish_sample(data.path(), {.salt = "another", .fillers = 2000});
  State state = State::kWorking;
  while (state == State::kWorking) {
    state = adopter.step(std::chrono::microseconds(0));
    ASSERT_EQ(count(adopter.held(), Part::kAccounts), 1u);
    ASSERT_EQ(count(adopter.held(), Part::kIpdb), 1u);
  }
  EXPECT_EQ(state, State::kAdopted);
}

TEST(HeldParts, RulesOutliveTheirGenerationByThemselves) {
  const TemporaryFolder data;
  publish_sample(data.path(), {.fillers = 6000});
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  const auto rules = adopter.current()->shared_rules();
  const std::string before(rules->bytes());
  publish_sample(data.path(), {.feed_version = 8, .salt = "another"});
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  while (adopter.step(std::chrono::microseconds(0)) == State::kWorking) {
  }
  EXPECT_LT(mapped_accounts(), 1'000'000u) << "the accounts went";
  EXPECT_EQ(rules->bytes(), before);
  EXPECT_TRUE(rules::Program::open(rules->bytes()));
}

}  // namespace
}  // namespace abm::generation
