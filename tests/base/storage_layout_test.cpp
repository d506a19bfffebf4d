// Arrays of several types in one block: aligned, in order, without overlap.
#include "base/storage_layout.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace abm {
namespace {

TEST(StorageLayout, AlignsEachArrayAndCountsTheWholeBlock) {
  StorageLayout layout;
  const auto bytes = layout.add<char>(3);
  const auto words = layout.add<uint64_t>(2);
  const auto none = layout.add<uint64_t>(0);
  const auto shorts = layout.add<uint16_t>(1);
  EXPECT_EQ(bytes.offset, 0u);
  EXPECT_EQ(words.offset, 8u);
  EXPECT_EQ(none.offset, 24u);
  EXPECT_EQ(shorts.offset, 24u);
  EXPECT_EQ(layout.size(), 26u);
}

TEST(StorageLayout, GivesTheArraysOfABlock) {
  StorageLayout layout;
  const auto first = layout.add<uint32_t>(3);
  const auto second = layout.add<uint64_t>(2);
  std::vector<uint64_t> block(layout.size() / sizeof(uint64_t) + 1);
  for (uint32_t& number : first.in(block.data())) number = 7;
  for (uint64_t& number : second.in(block.data())) number = 9;
  EXPECT_EQ(first.in(block.data()).size(), 3u);
  EXPECT_EQ(first.in(block.data())[2], 7u);
  EXPECT_EQ(second.in(block.data())[0], 9u);
}

}  // namespace
}  // namespace abm
