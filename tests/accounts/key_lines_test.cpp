#include "accounts/key_lines.h"

#include <gtest/gtest.h>

#include "tests/accounts/feed_samples.h"

namespace abm::accounts {
namespace {

TEST(KeyLines, TellsTheFirstLineOfEachKey) {
  KeyLines lines;
  // Keys that share their low bits probe past each other; key 0 is like any other.
  for (uint64_t i = 0; i < 5000; ++i) EXPECT_EQ(lines.note({i << 32, 0}, i + 1, 0).line, 0u) << i;
  for (uint64_t i = 0; i < 5000; ++i) EXPECT_EQ(lines.note({i << 32, 0}, 9999, 0).line, i + 1) << i;
  EXPECT_EQ(lines.note({7, 0}, 42, 1'000'000).line, 0u);
  EXPECT_EQ(lines.note({7, 0}, 43, 0).line, 42u);
}

TEST(KeyLines, TellsWhetherItIsTheSameId) {
  KeyLines lines;
  EXPECT_EQ(lines.note(IdKey::of(samples::kIdsOfOneKey[0]), 2, 0).line, 0u);
  EXPECT_TRUE(lines.note(IdKey::of(samples::kIdsOfOneKey[0]), 3, 0).same_id);
  const auto other = lines.note(IdKey::of(samples::kIdsOfOneKey[1]), 4, 0);
  EXPECT_EQ(other.line, 2u);
  EXPECT_FALSE(other.same_id);
}

}  // namespace
}  // namespace abm::accounts
