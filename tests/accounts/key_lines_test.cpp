#include "accounts/key_lines.h"

#include <gtest/gtest.h>

namespace abm::accounts {
namespace {

TEST(KeyLines, TellsTheFirstLineOfEachKey) {
  KeyLines lines;
  // Keys that share their low bits probe past each other; key 0 is one like any other.
  for (uint64_t i = 0; i < 5000; ++i) EXPECT_EQ(lines.note(i << 32, i + 1, 0), 0u) << i;
  for (uint64_t i = 0; i < 5000; ++i) EXPECT_EQ(lines.note(i << 32, 9999, 0), i + 1) << i;
  EXPECT_EQ(lines.note(7, 42, 1'000'000), 0u);
  EXPECT_EQ(lines.note(7, 43, 0), 42u);
}

}  // namespace
}  // namespace abm::accounts
