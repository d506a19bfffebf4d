// Weak entity tags: what changes them, and which lists name them.
#include "module/validators.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace abm::module {
namespace {

std::string etag(std::string_view origin, uint64_t edits) {
  std::array<char, kEtagSize> out;
  return std::string(make_etag(origin, edits, out));
}

TEST(MakeEtag, IsWeakAndChangesWithOriginAndEdits) {
  const std::string tag = etag("\"v1\"", 1);
  EXPECT_EQ(tag.size(), kEtagSize);
  EXPECT_TRUE(tag.starts_with("W/\"abm-") && tag.ends_with('"')) << tag;
  EXPECT_EQ(tag, etag("W/\"v1\"", 1)) << "weak and strong forms of one validator are the same page";
  EXPECT_NE(tag, etag("\"v2\"", 1));
  EXPECT_NE(tag, etag("\"v1\"", 2));
}

TEST(MatchesEtag, ComparesWeaklyOverTheWholeList) {
  const std::string_view tag = "W/\"abm-1\"";
  for (const char* list : {"W/\"abm-1\"", "\"abm-1\"", "*", "\"x\", W/\"abm-1\"", "\"x\",\"abm-1\"",
                           " W/\"abm-1\" , \"y\"", "\"a,b\", \"abm-1\"", ",,\"abm-1\""}) {
    EXPECT_TRUE(matches_etag(list, tag)) << list;
  }
}

TEST(MatchesEtag, NamesNothingElse) {
  const std::string_view tag = "W/\"abm-1\"";
  for (const char* list : {"", " ", ",", "\"abm-2\"", "abm-1", "\"abm-1", "\"x\", abm-1", "\"xabm-1\"",
                           "\"abm-1x\"", "W/", "w/\"abm-1\"", "\"\"", "'abm-1'"}) {
    EXPECT_FALSE(matches_etag(list, tag)) << list;
  }
}

}  // namespace
}  // namespace abm::module
