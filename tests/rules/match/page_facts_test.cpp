// What is read from a request: languages by weight, parameters by decoded name, all of it bounded.
#include "rules/match/page_facts.h"

#include <gtest/gtest.h>

#include <string>

namespace abm::rules {
namespace {

TEST(PreferredLanguage, IsTheOneWithTheGreatestWeight) {
  EXPECT_EQ(preferred_language("de-CH, de;q=0.9, en;q=0.8"), "de-CH");
  EXPECT_EQ(preferred_language("en;q=0.5, fr;q=0.7"), "fr");
  EXPECT_EQ(preferred_language("en;q=0.8, fr;q=0.8"), "en");
  EXPECT_EQ(preferred_language("  pt-BR ;q=1.0 "), "pt-BR");
  EXPECT_EQ(preferred_language("*, it;q=0.1"), "it");
  EXPECT_EQ(preferred_language("es;q=0"), "");
  EXPECT_EQ(preferred_language("*"), "");
  EXPECT_EQ(preferred_language(""), "");
  EXPECT_EQ(preferred_language(",,;;,"), "");
  EXPECT_EQ(preferred_language("en;q=oops, fr;q=0.001"), "fr");
  EXPECT_EQ(primary_subtag("de-CH"), "de");
  EXPECT_EQ(primary_subtag("de"), "de");
}

TEST(PreferredLanguage, LooksAtABoundedPartOfTheHeader) {
  EXPECT_EQ(preferred_language(std::string(kMaxLanguageBytes, ',') + "de"), "");
}

TEST(PageFacts, FindsTheFirstParameterByItsDecodedName) {
  PageFacts page("", "/", "a=1&utm%5Fsource=one+two%21&utm_source=later&empty=&flag", "");
  EXPECT_EQ(page.query("utm_source"), "one+two%21");
  EXPECT_EQ(page.query("a"), "1");
  EXPECT_EQ(page.query("empty"), "");
  EXPECT_EQ(page.query("flag"), "");
  EXPECT_EQ(page.query("A"), std::nullopt);
  EXPECT_EQ(page.query("none"), std::nullopt);
}

TEST(PageFacts, StopsAfterABoundedNumberOfParameters) {
  std::string query;
  for (size_t i = 0; i < kMaxQueryParameters; ++i) query += "a" + std::to_string(i) + "=x&";
  query += "late=1";
  PageFacts page("", "/", query, "");
  EXPECT_TRUE(page.query("a63").has_value());
  EXPECT_FALSE(page.query("late").has_value());
  const std::string huge = std::string(kMaxQueryBytes, 'x') + "&late=1";
  PageFacts other("", "/", huge, "");
  EXPECT_FALSE(other.query("late").has_value());
}

TEST(DecodeQuery, DecodesEscapesAndPlusAndLeavesBrokenOnes) {
  char buffer[8];
  EXPECT_EQ(decode_query("a+b%2fc", buffer), "a b/c");
  EXPECT_EQ(decode_query("%zz%4", buffer), "%zz%4");
  EXPECT_EQ(decode_query("%", buffer), "%");
  EXPECT_EQ(decode_query("123456789", buffer), std::nullopt);
}

TEST(PageFacts, HostLosesTheDotOfTheRoot) {
  PageFacts page("www.acme.example.", "/", "", "");
  EXPECT_EQ(page.host(), "www.acme.example");
}

TEST(PageFacts, PageKeysAreThoseOfLeadingFoldersWithoutCase) {
  PageFacts page("H", "/Solutions/Aero/x", "", ""), other("h", "/solutions/aero/y", "", "");
  const uint32_t kinds = 1u << kExactPath | 1u << kHostName | 1u << folder_kind(1) | 1u << folder_kind(2);
  ASSERT_EQ(page.key_kinds(), kinds);
  ASSERT_EQ(other.key_kinds(), kinds);
  EXPECT_EQ(page.key(folder_kind(1)), other.key(folder_kind(1)));
  EXPECT_EQ(page.key(folder_kind(2)), other.key(folder_kind(2)));
  EXPECT_EQ(page.key(kHostName), other.key(kHostName));
  EXPECT_NE(page.key(kExactPath), other.key(kExactPath));
  const std::string long_path = "/" + std::string(kMaxKeyPath, 'a') + "/b";
  PageFacts deep("h", long_path, "", "");
  EXPECT_EQ(deep.key_kinds(), 1u << kHostName);
}

}  // namespace
}  // namespace abm::rules
