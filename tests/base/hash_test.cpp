#include "base/hash.h"

#include <gtest/gtest.h>

namespace abm {
namespace {

// Reference values of xxhsum 0.8.1 (-H3 and -H2).
TEST(Hash, MatchesXxhsum) {
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2u);
  EXPECT_EQ(hash128("").hex(), "99aa06d3014798d86001c324468d497f");
}

TEST(Hash, IncrementalEqualsWholeAtEverySplit) {
  std::string text;
  for (int i = 0; i < 700; ++i) text += static_cast<char>(i * 7);
  for (size_t split = 0; split <= text.size(); ++split) {
    Hasher128 hasher;
    hasher.update(std::string_view(text).substr(0, split));
    hasher.update(std::string_view(text).substr(split));
    ASSERT_EQ(hasher.digest(), hash128(text)) << "split at " << split;
  }
}

}  // namespace
}  // namespace abm
