// Path globs against a reference that follows their definition, and the promised bound on work.
#include "rules/program/glob_match.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/folding.h"
#include "tests/rules/reference.h"

namespace abm::rules {
namespace {

bool matches(std::string_view pattern, std::string_view path) {
  const std::optional<GlobPattern> glob = parse_glob(pattern);
  EXPECT_TRUE(glob.has_value()) << pattern;
  FoldBuffer buffer;
  return glob && glob_matches(*glob, fold_beyond_ascii(path, buffer));
}

TEST(Glob, StarStaysWithinASegmentAndTwoStarsCrossThem) {
  EXPECT_TRUE(matches("/", "/"));
  EXPECT_FALSE(matches("/", "/a"));
  EXPECT_TRUE(matches("/pricing", "/pricing"));
  EXPECT_FALSE(matches("/pricing", "/pricing/"));
  EXPECT_TRUE(matches("/blog/*", "/blog/post"));
  EXPECT_TRUE(matches("/blog/*", "/blog/"));
  EXPECT_FALSE(matches("/blog/*", "/blog/2026/post"));
  EXPECT_FALSE(matches("/blog/*", "/blog"));
  EXPECT_TRUE(matches("/solutions/**", "/solutions/a/b/c"));
  EXPECT_FALSE(matches("/solutions/**", "/solutionsx"));
  EXPECT_TRUE(matches("/**", "/"));
  EXPECT_TRUE(matches("**", "/any/thing"));
  EXPECT_TRUE(matches("**/pricing", "/de/pricing"));
  EXPECT_TRUE(matches("/*/pricing", "/de/pricing"));
  EXPECT_FALSE(matches("/*/pricing", "/de/at/pricing"));
  EXPECT_TRUE(matches("/a*z", "/abz"));
  EXPECT_FALSE(matches("/a*z", "/a/z"));
}

TEST(Glob, TwoStarsBetweenSlashesAlsoMeanNoSegment) {
  EXPECT_TRUE(matches("/a/**/b", "/a/b"));
  EXPECT_TRUE(matches("/a/**/b", "/a/x/y/b"));
  EXPECT_FALSE(matches("/a/**/b", "/a/xb"));
  EXPECT_FALSE(matches("/a/**/b", "/ab"));
  EXPECT_TRUE(matches("/a/**/**/b", "/a/b"));
  EXPECT_TRUE(matches("/**/b", "/b"));
  EXPECT_TRUE(matches("/a/**/b/**/c", "/a/b/c"));
}

TEST(Glob, ComparesLettersWithoutCaseAndAllElseExactly) {
  EXPECT_TRUE(matches("/Pricing/*", "/pRICING/Enterprise"));
  EXPECT_FALSE(matches("/a?c", "/abc"));
  EXPECT_FALSE(matches("/[ab]", "/a"));
  EXPECT_TRUE(matches("/(a+)+$", "/(A+)+$"));
  EXPECT_TRUE(
      matches("/stra\xc3\x9f"
              "e/*",
              "/stra\xc3\x9f"
              "e/x"));
}

TEST(Glob, ComparesLettersOfAllAlphabetsHoweverTheyAreComposed) {
  EXPECT_TRUE(matches("/LÖSUNGEN", "/lösungen"));
  EXPECT_TRUE(matches("/lösungen/**", "/LO\u0308SUNGEN/Öl"));
  EXPECT_TRUE(matches("/lo\u0308sungen/*/öl", "/LÖSUNGEN/x/O\u0308L"));
  EXPECT_TRUE(matches("/**/РОСТЕХ", "/ru/ростех"));
  EXPECT_TRUE(matches("/*é", "/caf\u0065\u0301"));
  // A wildcard takes whole letters: an accent is part of the letter before it.
  EXPECT_FALSE(matches("/cafe*", "/cafe\u0301"));
  EXPECT_FALSE(matches("/i", "/ı"));
  EXPECT_TRUE(matches("/lösungen/*", "/LÖSUNGEN/\xff\xc3"));
  EXPECT_FALSE(matches("/\xff", "/\xfe"));
}

TEST(Glob, AgreesWithItsDefinitionOnRandomPatterns) {
  std::mt19937 random(7);
  const auto text_of = [&](std::string_view alphabet, size_t most) {
    std::string text;
    for (size_t i = random() % most; i > 0; --i) text += alphabet[random() % alphabet.size()];
    return text;
  };
  size_t matched = 0;
  for (int round = 0; round < 60'000; ++round) {
    const std::string pattern = "/" + text_of("aB/**/*", 14), path = "/" + text_of("Ab//a", 12);
    const bool wanted = reference::glob_matches(parse_glob(pattern)->text, path);
    ASSERT_EQ(matches(pattern, path), wanted) << pattern << " on " << path;
    matched += wanted ? 1u : 0u;
  }
  EXPECT_GT(matched, 3000u);
}

TEST(Glob, AgreesWithItsDefinitionOnLettersBeyondAsciiAndOtherBytes) {
  std::mt19937 random(13);
  const std::vector<std::string> pieces = {"ö", "Ö",    "o",    "\u0308", "é",  "É",
                                           "/", "\xff", "\xc3", "*",      "**", "/**/"};
  size_t matched = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string pattern = "/", path = "/";
    for (size_t i = random() % 7; i > 0; --i) pattern += pieces[random() % pieces.size()];
    for (size_t i = random() % 7; i > 0; --i) path += pieces[random() % (pieces.size() - 3)];
    const bool wanted = reference::glob_matches(parse_glob(pattern)->text, path);
    ASSERT_EQ(matches(pattern, path), wanted) << pattern << " on " << path;
    matched += wanted ? 1u : 0u;
  }
  EXPECT_GT(matched, 1000u);
}

TEST(Glob, AgreesWithItsDefinitionWhereTheAutomatonHasSeveralWords) {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    std::string pattern = "/", path = "/";
    while (pattern.size() < 190) {
      const std::string piece(1 + random() % 30, "ab/"[random() % 3]);
      pattern += piece + (random() % 2 == 0 ? "*" : "/**/");
      path += piece + std::string(random() % 4, "ab/"[random() % 3]);
      if (random() % 8 == 0) path += "x/";
    }
    const std::string text = parse_glob(pattern)->text;
    EXPECT_EQ(matches(pattern, path), reference::glob_matches(text, path)) << pattern << " on " << path;
  }
}

TEST(Glob, NeedsNoBacktrackingOnHostilePatternsAndPaths) {
  const std::string path = "/" + std::string(65'535, 'a');
  EXPECT_FALSE(matches("*a*a*a*b", path));
  EXPECT_FALSE(matches("**a**a**a**a**a**a**b", path));
  EXPECT_FALSE(matches("/**/a*/**/a*/**/a*b*/c", path));
  EXPECT_TRUE(matches("**a**a**a**", path));
}

TEST(Glob, RefusesWhatWouldNotFitItsAutomaton) {
  EXPECT_FALSE(parse_glob("/" + std::string(kMaxPatternBytes, 'a')).has_value());
  EXPECT_FALSE(parse_glob("*" + std::string(kMaxGlobStates - 1, 'a')).has_value());
  EXPECT_TRUE(parse_glob("*" + std::string(kMaxGlobStates - 2, 'a')).has_value());
  const std::string longest(kMaxGlobStates - 2, 'a');
  EXPECT_TRUE(matches("x*" + longest, "xyz" + longest));
  EXPECT_FALSE(matches("x*" + longest, "xyz" + longest.substr(1)));
}

TEST(Glob, IsSafeForTextThatNoParserMade) {
  const std::string text = "***/**" + std::string(400, 'a') + "***";
  for (uint32_t kind = 0; kind < 4; ++kind) {
    for (const uint32_t length : {0u, 5u, 4000u}) {
      static_cast<void>(glob_matches(text, length, length, static_cast<format::GlobKind>(kind), "/a/b"));
    }
  }
  EXPECT_FALSE(glob_matches("a*", 99, 0, format::GlobKind::kTree, std::string(200, 'a')));
}

}  // namespace
}  // namespace abm::rules
