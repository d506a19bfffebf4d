#include "generation/retirement.h"

#include <gtest/gtest.h>

#include <fstream>

#include "generation/adopter.h"
#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

using testing::publish_sample;
using testing::TemporaryFolder;
using State = Adopter::State;

/// Bytes of this process's mappings of one of a generation's files.
uint64_t mapped(std::string_view name) {
  std::ifstream lines("/proc/self/maps");
  uint64_t bytes = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("memfd:" + std::string(name)) == line.npos) continue;
    bytes += std::stoull(line.substr(line.find('-') + 1), nullptr, 16) - std::stoull(line, nullptr, 16);
  }
  return bytes;
}

size_t steps_until_idle(Adopter& adopter) {
  size_t steps = 0;
  while (adopter.step(std::chrono::microseconds(0)) == State::kWorking) ++steps;
  return steps;
}

TEST(Retirement, FreesAReplacedGenerationInSlices) {
  const TemporaryFolder data;
  publish_sample(data.path(), {.fillers = 6000});
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  const uint64_t large = mapped("accounts.bin");
  ASSERT_GT(large, 5'000'000u);
  publish_sample(data.path(), {.feed_version = 8});
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  EXPECT_GT(mapped("accounts.bin"), large) << "still there: adopting frees nothing by itself";
  EXPECT_GE(steps_until_idle(adopter), 3u);
  EXPECT_LT(mapped("accounts.bin"), 1'000'000u);
  EXPECT_TRUE(adopter.current()->accounts().find_id("deere").has_value());
}

TEST(Retirement, WaitsForTheLastHolder) {
  const TemporaryFolder data;
  publish_sample(data.path(), {.fillers = 6000});
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  auto request = adopter.current();
  publish_sample(data.path(), {.feed_version = 8});
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  EXPECT_EQ(steps_until_idle(adopter), 0u);
  EXPECT_TRUE(request->accounts().find_id("deere").has_value());
  EXPECT_TRUE(request->index().lookup(*IpAddress::parse("192.0.2.1")).identified());
  request.reset();
  EXPECT_GE(steps_until_idle(adopter), 3u);
  EXPECT_LT(mapped("accounts.bin"), 1'000'000u);
}

TEST(Retirement, LeavesWhatTheNewGenerationShares) {
  const TemporaryFolder data;
  publish_sample(data.path(), {.fillers = 6000});
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  publish_sample(data.path(), {.salt = "another", .fillers = 6000});
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  steps_until_idle(adopter);
  EXPECT_GT(mapped("accounts.bin"), 5'000'000u);
  EXPECT_TRUE(adopter.current()->accounts().find_id("deere").has_value());
  EXPECT_TRUE(adopter.current()->index().lookup(*IpAddress::parse("192.0.2.1")).identified());
}

TEST(Retirement, FreesWhatWasReadOfARefusedGeneration) {
  const TemporaryFolder data;
  publish_sample(data.path());
  Adopter adopter(data.path());
  ASSERT_EQ(adopter.run_to_end(), State::kAdopted);
  publish_sample(data.path(), {.feed_version = 8, .fillers = 6000});
  const std::string path = data / "gen-000002/accounts.bin";
  std::string damaged = testing::read_text(path);
  damaged.back() ^= 1;
  testing::overwrite_in_place(path, damaged);
  ASSERT_EQ(adopter.run_to_end(), State::kFailed);
  EXPECT_GT(mapped("accounts.bin"), 5'000'000u);
  EXPECT_GE(steps_until_idle(adopter), 3u);
  EXPECT_LT(mapped("accounts.bin"), 1'000'000u);
}

}  // namespace
}  // namespace abm::generation
