#include "rules/read/globs.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "rules/program/glob_match.h"

namespace abm::rules {
namespace {

TEST(Globs, RefusesWhatNoNormalizedUriCouldMatch) {
  for (const char* good : {"/", "/**", "/a/*/b", "/**/b", "/a.b", "/...", "/a/..b", "/100%", "/a*"}) {
    EXPECT_EQ(glob_fault(good), "") << good;
  }
  for (const char* bad :
       {"", "a", "*", "//", "/a//b", "/./a", "/a/..", "/a/../b", "/a?b", "/a#b", "/%41", "/***"}) {
    EXPECT_NE(glob_fault(bad), "") << bad;
  }
  EXPECT_NE(glob_fault("/*" + std::string(1000, 'a')), "");
}

/// Every text of up to `length` bytes over '/', 'a', 'b' that begins with '/'.
std::vector<std::string> paths(size_t length) {
  std::vector<std::string> all = {"/"};
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].size() == length) break;
    for (const char c : {'/', 'a', 'b'}) all.push_back(all[i] + c);
  }
  return all;
}

TEST(Globs, OverlapIsNeverDeniedWhereAPathMatchesBoth) {
  const std::vector<std::string> globs = {"/",    "/a",   "/A",    "/b",    "/*",    "/**",
                                          "/a*",  "/*b",  "/a/*",  "/a/**", "/**/b", "/a/**/b",
                                          "/*/b", "/a*b", "/a**b", "/b/a",  "/**a",  "/*/*"};
  size_t apart = 0;
  for (const std::string& a : globs) {
    for (const std::string& b : globs) {
      bool both = false;
      for (const std::string& path : paths(5)) {
        both = both || (glob_matches(*parse_glob(a), path) && glob_matches(*parse_glob(b), path));
      }
      EXPECT_TRUE(!both || globs_overlap(a, b)) << a << " and " << b;
      EXPECT_EQ(globs_overlap(a, b), globs_overlap(b, a)) << a << " and " << b;
      apart += globs_overlap(a, b) ? 0 : 1;
    }
  }
  EXPECT_GT(apart, 40u);
  EXPECT_FALSE(globs_overlap("/a/**", "/b/**"));
  EXPECT_FALSE(globs_overlap("/*", "/a/b"));
  EXPECT_FALSE(globs_overlap("/a*", "/*b/c"));
}

}  // namespace
}  // namespace abm::rules
