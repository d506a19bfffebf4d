#include "tools/line_diff.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace abm::tools {
namespace {

TEST(LineDiff, IsEmptyForEqualTexts) {
  EXPECT_EQ(unified_diff("a", "", "b", ""), "");
  EXPECT_EQ(unified_diff("a", "x\ny", "b", "x\ny"), "");
}

TEST(LineDiff, ShowsThreeLinesAroundAChange) {
  EXPECT_EQ(unified_diff("old", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "new", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "--- old\n+++ new\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(LineDiff, SaysWhereANewlineIsMissing) {
  EXPECT_EQ(unified_diff("old", "a\nb", "new", "a\nb\n"),
            "--- old\n+++ new\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
  EXPECT_EQ(unified_diff("old", "", "new", "a\n"), "--- old\n+++ new\n@@ -0,0 +1 @@\n+a\n");
}

TEST(LineDiff, SplitsHunksThatAreFarApart) {
  std::string old_text;
  for (int i = 0; i < 40; ++i) old_text += std::to_string(i) + "\n";
  std::string new_text = old_text;
  new_text.replace(new_text.find("\n5\n") + 1, 1, "five");
  new_text.replace(new_text.find("\n30\n") + 1, 2, "thirty");
  const std::string diff = unified_diff("old", old_text, "new", new_text);
  EXPECT_NE(diff.find("@@ -3,7 +3,7 @@"), std::string::npos) << diff;
  EXPECT_NE(diff.find("@@ -28,7 +28,7 @@"), std::string::npos) << diff;
}

/// `old_text` with the hunks of `diff` applied, or "?" where a line does not fit.
std::string patched(const std::string& old_text, const std::string& diff) {
  std::vector<std::string> lines;
  std::istringstream in(old_text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::string out;
  size_t at = 0;
  std::istringstream hunks(diff);
  for (std::string line; std::getline(hunks, line);) {
    if (line.starts_with("---") || line.starts_with("+++")) continue;
    if (line.starts_with("@@ -")) {
      const size_t start = std::stoul(line.substr(4));
      const bool none = line.find(",0 +") != std::string::npos;
      while (at + (none ? 0 : 1) < start) out += lines.at(at++) + "\n";
    } else if (line[0] == '+') {
      out += line.substr(1) + "\n";
    } else {
      if (lines.at(at) != line.substr(1)) return "?";
      if (line[0] == ' ') out += lines[at] + "\n";
      ++at;
    }
  }
  while (at < lines.size()) out += lines[at++] + "\n";
  return out;
}

TEST(LineDiff, AppliedToTheOldTextGivesTheNew) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    std::string texts[2];
    for (std::string& text : texts) {
      for (size_t lines = random() % 40; lines > 0; --lines)
        text += std::string(1, static_cast<char>('a' + random() % 5)) + "\n";
    }
    const std::string diff = unified_diff("old", texts[0], "new", texts[1]);
    ASSERT_EQ(patched(texts[0], diff), texts[1]) << texts[0] << "---\n" << texts[1] << "---\n" << diff;
  }
}

TEST(LineDiff, GivesUpOnTheShortestScriptWhenTooMuchDiffers) {
  std::string texts[2];
  for (int i = 0; i < 3 * kMaxDiffSteps; ++i) {
    texts[0] += "old " + std::to_string(i) + "\n";
    texts[1] += "new " + std::to_string(i) + "\n";
  }
  EXPECT_EQ(patched(texts[0], unified_diff("old", texts[0], "new", texts[1])), texts[1]);
}

}  // namespace
}  // namespace abm::tools
