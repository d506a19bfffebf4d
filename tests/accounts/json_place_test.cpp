#include "accounts/json_place.h"

#include <string>

#include <gtest/gtest.h>

namespace abm::accounts {
namespace {

constexpr std::string_view kText = R"( { "a" : 1 , "b\"{" : [ "x,]" , {"c":null} , [[]] ] , "d" : "" } )";

std::string value(std::initializer_list<uint32_t> path) {
  const JsonSpan span = place_of_value(kText, {path.begin(), path.size()});
  return std::string(kText.substr(span.begin, span.end - span.begin));
}

std::string key(std::initializer_list<uint32_t> path) {
  const JsonSpan span = place_of_key(kText, {path.begin(), path.size()});
  return std::string(kText.substr(span.begin, span.end - span.begin));
}

TEST(JsonPlace, FindsEveryValueByItsPath) {
  EXPECT_EQ(value({}), kText.substr(1, kText.size() - 2));
  EXPECT_EQ(value({0}), "1");
  EXPECT_EQ(value({1, 0}), R"("x,]")");
  EXPECT_EQ(value({1, 1}), R"({"c":null})");
  EXPECT_EQ(value({1, 1, 0}), "null");
  EXPECT_EQ(value({1, 2}), "[[]]");
  EXPECT_EQ(value({2}), R"("")");
}

TEST(JsonPlace, FindsEveryKeyByItsPath) {
  EXPECT_EQ(key({0}), R"("a")");
  EXPECT_EQ(key({1}), R"("b\"{")");
  EXPECT_EQ(key({1, 1, 0}), R"("c")");
  EXPECT_EQ(key({2}), R"("d")");
}

TEST(JsonPlace, StaysInsideTextThatEndsEarly) {
  for (size_t length = 0; length <= kText.size(); ++length) {
    const std::string text(
        kText.substr(0, length));  // its own allocation, so that a sanitizer sees a step past its end
    for (uint32_t first = 0; first < 4; ++first) {
      for (uint32_t second = 0; second < 4; ++second) {
        const uint32_t path[] = {first, second};
        EXPECT_LE(place_of_value(text, path).end, length);
        EXPECT_LE(place_of_key(text, path).end, length);
      }
    }
  }
}

}  // namespace
}  // namespace abm::accounts
