#include "accounts/string_table.h"

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"

namespace abm::accounts {
namespace {

/// More text than a block holds, so that some strings cross a block's end.
std::string text_of(uint32_t i) {
  return std::to_string(i) + std::string(i % 700, static_cast<char>('a' + i % 26));
}

TEST(StringTable, NumbersEachTextOnceAcrossBlocksAndGrowth) {
  StringTable table;
  std::vector<uint32_t> numbers;
  for (uint32_t i = 0; i < 9000; ++i) {
    const auto [number, added] = table.intern(text_of(i));
    EXPECT_TRUE(added);
    EXPECT_EQ(number, i + 1);
    EXPECT_EQ(table.hash_of(number), hash64(text_of(i)));
  }
  for (uint32_t i = 0; i < 9000; ++i) EXPECT_EQ(table.intern(text_of(i)), std::pair(i + 1, false));
  ASSERT_GT(table.text_bytes(), size_t{2} << 20);

  const size_t offset_bytes = (table.size() + 1) * 4, text_bytes = table.text_bytes();
  std::string drained;
  table.drain(drained);
  ASSERT_EQ(drained.size(), offset_bytes + text_bytes);
  const std::string text = drained.substr(offset_bytes);
  for (uint32_t i = 0; i < 9000; ++i) {
    uint32_t span[2];
    std::memcpy(span, drained.data() + (i + 1) * 4, sizeof span);
    EXPECT_EQ(text.substr(span[0], span[1] - span[0]), text_of(i));
  }
}

TEST(StringTable, KeepsNumberZeroForNoText) {
  StringTable table;
  EXPECT_EQ(table.intern(""), std::pair(0u, false));
  EXPECT_EQ(table.add_unique(""), 0u);
  EXPECT_EQ(table.size(), 1u);
}

TEST(StringTable, ComparesTextsWithoutLookingThemUp) {
  StringTable table;
  const uint32_t first = table.add_unique("deere.com");
  const uint32_t second = table.add_unique("deere.com");
  const uint32_t other = table.add_unique("deere.org");
  EXPECT_NE(first, second);
  EXPECT_TRUE(table.same(first, second));
  EXPECT_FALSE(table.same(first, other));
  EXPECT_TRUE(table.intern("deere.com").second) << "unique texts are not found by intern()";
}

}  // namespace
}  // namespace abm::accounts
