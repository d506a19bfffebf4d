#include "module/skip.h"

#include <set>

#include <gtest/gtest.h>

namespace abm::module {
namespace {

TEST(Skip, SaysWhatTheRulesSay) {
  for (uint8_t i = 0; i <= static_cast<uint8_t>(rules::RenderSkip::kMemory); ++i) {
    const auto skip = static_cast<rules::RenderSkip>(i);
    EXPECT_EQ(to_string(skip_of(skip)), rules::to_string(skip));
  }
}

TEST(Skip, SaysWhatTheRewriterSays) {
  for (uint8_t i = 0; i <= static_cast<uint8_t>(rewrite::Skip::kUnsafe); ++i) {
    const auto skip = static_cast<rewrite::Skip>(i);
    EXPECT_EQ(to_string(skip_of(skip)), rewrite::to_string(skip));
  }
}

TEST(Skip, HasAWordOfItsOwnForEachReason) {
  std::set<std::string_view> words;
  for (uint8_t i = 0; i <= static_cast<uint8_t>(Skip::kUnsafe); ++i) {
    EXPECT_TRUE(words.insert(to_string(static_cast<Skip>(i))).second) << int{i};
  }
}

}  // namespace
}  // namespace abm::module
