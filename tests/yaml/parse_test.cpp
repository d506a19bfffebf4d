#include "yaml/parse.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include <gtest/gtest.h>

#include "yaml/source_text.h"

namespace abm::yaml {
namespace {

std::optional<Node> parse(const std::string& text, Diagnostics& diagnostics) {
  return yaml::parse(text, "a.yaml", {}, diagnostics);
}

std::string fault_of(const std::string& text) {
  Diagnostics diagnostics;
  return parse(text, diagnostics) ? "accepted" : diagnostics.first_error();
}

std::string repeated(const std::string& piece, size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (size_t i = 0; i < times; ++i) text += piece;
  return text;
}

TEST(Yaml, KeepsScalarsAsTextWithTheirPlaceAndStyle) {
  Diagnostics diagnostics;
  const auto root = parse("a: 010\nb: 'x'\nc: \"y\\u00e4\"\nd: |\n  line\ne: ~\n", diagnostics);
  ASSERT_TRUE(root);
  EXPECT_EQ(root->find("a")->scalar, "010");
  EXPECT_EQ(root->find("a")->at, (Position{1, 4}));
  EXPECT_FALSE(root->find("b")->plain);
  EXPECT_EQ(root->find("c")->scalar, "yä");
  EXPECT_EQ(root->find("d")->style, Node::Style::kLiteral);
  EXPECT_EQ(root->find("d")->scalar, "line\n");
  EXPECT_TRUE(root->find("e")->is_null());
  EXPECT_EQ(root->find("f"), nullptr);
}

TEST(Yaml, OnlyUnquotedWordsAreNull) {
  Diagnostics diagnostics;
  const auto root = parse("[~, null, , 'null', \"~\", '']", diagnostics);
  ASSERT_FALSE(root);  // an entry between two commas is a typo, not a null
  const auto list = parse("[~, null, 'null', \"~\", '']", diagnostics);
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->items[0].is_null());
  EXPECT_TRUE(list->items[1].is_null());
  for (size_t i = 2; i < list->items.size(); ++i) EXPECT_FALSE(list->items[i].is_null()) << i;
}

TEST(Yaml, CountsColumnsInCodePoints) {
  Diagnostics diagnostics;
  const auto root = parse("ä: {ö: ü, x: y}\n", diagnostics);
  ASSERT_TRUE(root);
  EXPECT_EQ(root->members[0].value.members[1].key_at, (Position{1, 11}));
}

TEST(Yaml, ReadsCrlfFilesAndAByteOrderMark) {
  Diagnostics diagnostics;
  const auto root = parse(
      "\xef\xbb\xbf"
      "a: 1\r\nb:\r\n  c: 2\r\n",
      diagnostics);
  ASSERT_TRUE(root) << diagnostics.format();
  EXPECT_EQ(root->find("b")->find("c")->scalar, "2");
  EXPECT_EQ(root->find("b")->find("c")->at, (Position{3, 6}));
}

TEST(Yaml, RefusesWhatTheSubsetLeavesOut) {
  EXPECT_NE(fault_of("a: &x 1").find("anchor '&x'"), std::string::npos);
  EXPECT_NE(fault_of("a: *x").find("alias '*x'"), std::string::npos);
  EXPECT_NE(fault_of("a: !!int 1").find("tag "), std::string::npos);
  EXPECT_NE(fault_of("&x a: 1").find("anchor "), std::string::npos);
  EXPECT_NE(fault_of("<<: {a: 1}").find("merge key"), std::string::npos);
  EXPECT_EQ(fault_of("'<<': {a: 1}"), "accepted");
  EXPECT_NE(fault_of("a: 1\n---\nb: 2\n").find("second document"), std::string::npos);
  EXPECT_NE(fault_of("%TAG ! x,2000:\n---\na: 1\n").find("directives"), std::string::npos);
  EXPECT_EQ(fault_of("---\na: 1\n...\n"), "accepted");
}

TEST(Yaml, RefusesADuplicateKeyWithTheLineOfTheFirst) {
  EXPECT_EQ(fault_of("a: 1\nb: 2\na: 3\n"), "a.yaml:3:1: key 'a' is written twice, first on line 1");
  EXPECT_EQ(fault_of("a: 1\n\"a\": 3\n"), "a.yaml:2:1: key 'a' is written twice, first on line 1");
}

TEST(Yaml, RefusesControlCharactersHoweverTheyAreWritten) {
  EXPECT_NE(fault_of(std::string("a: x\0y", 6)).find("U+0000"), std::string::npos);
  EXPECT_NE(fault_of("a: x\x1by").find("U+001B"), std::string::npos);
  EXPECT_NE(fault_of("a: \"x\\0y\"").find("control character"), std::string::npos);
  EXPECT_NE(fault_of("\"a\\e\": x").find("control character"), std::string::npos);
  EXPECT_NE(fault_of("a: x\xc2\x85y").find("U+0085"), std::string::npos);
}

TEST(Yaml, NamesTheByteThatIsNotUtf8) {
  EXPECT_EQ(fault_of("a: 1\nb: M\xfcnchen\n"), "a.yaml:2:5: byte 0xfc is not UTF-8, save the file as UTF-8");
}

TEST(Yaml, HoldsItsLimits) {
  Diagnostics diagnostics;
  Limits limits;
  limits.max_depth = 3;
  EXPECT_TRUE(yaml::parse("[[[x]]]", "a", limits, diagnostics));
  EXPECT_FALSE(yaml::parse("[[[[x]]]]", "a", limits, diagnostics));
  limits.max_nodes = 4;
  EXPECT_TRUE(yaml::parse("[a, b, c]", "a", limits, diagnostics));
  EXPECT_FALSE(yaml::parse("[a, b, c, d]", "a", limits, diagnostics));
  limits = {};
  limits.max_children = 2;
  EXPECT_TRUE(yaml::parse("{a: 1, b: 2}", "a", limits, diagnostics));
  EXPECT_FALSE(yaml::parse("{a: 1, b: 2, c: 3}", "a", limits, diagnostics));
  limits = {};
  limits.max_line_bytes = 8;
  EXPECT_TRUE(yaml::parse("a: bcde\nf: g\n", "a", limits, diagnostics));
  EXPECT_FALSE(yaml::parse("a: bcdef\nf: g\n", "a", limits, diagnostics));
  limits = {};
  limits.max_bytes = 3;
  EXPECT_FALSE(yaml::parse("a: b", "a", limits, diagnostics));
}

/// Files that make careless readers run out of memory or time.
std::vector<std::string> bombs() {
  return {
      "a: " + std::string(10'000, '['),
      "a: &a [lol]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: [*c,*c,*c]\n",
      "a: &a [*a]\n",
      repeated("- ", 30'000),
      "a: [" + repeated("\n  " + repeated("1,", 30'000), 60) + "]",
      "a: [" + repeated("\n  [" + repeated("{a: b},", 8'000) + "],", 60) + "]",
      "a: [" + repeated("\n  " + repeated("{a: {a: {a: {a: {a: {a: b}}}}}},", 1'900), 60) + "]",
      repeated(repeated(":", 60'000) + "\n", 60),
      "{" + repeated("\n " + repeated("a:", 30'000), 60) + "}",
      repeated("? ", 30'000),
      repeated("&a ", 20'000),
      "a: \"" + repeated("\n" + repeated("\\x41", 16'000), 60),
  };
}

TEST(Yaml, RefusesBombsWithinSixtyFourMegabytes) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer's own memory would be counted";
#endif
  // What a child of this program uses before it parses anything: the test program itself.
  const pid_t idle = ::fork();
  if (idle == 0) ::_exit(0);
  int idle_status = 0;
  struct rusage own {};
  ASSERT_EQ(::wait4(idle, &idle_status, 0, &own), idle);
  size_t number = 0;
  for (const std::string& bomb : bombs()) {
    ++number;
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Diagnostics diagnostics;
      ::_exit(parse(bomb, diagnostics) ? 1 : 0);
    }
    int status = 0;
    struct rusage usage {};
    ASSERT_EQ(::wait4(child, &status, 0, &usage), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
        << "bomb " << number << " was accepted or crashed";
    EXPECT_LT(usage.ru_maxrss - own.ru_maxrss, 64 * 1024) << "bomb " << number;
  }
}

TEST(Yaml, ReportsNothingButItsOwnErrorsAtEveryTruncation) {
  const std::string text =
      "abm: rules/1\nslots: {hero: '#h', \"x\": \"a\\\"b\"}\nrules:\n  - id: a\n    when: {any: [{tier: "
      "b}]}\n    t: |\n      x\n";
  for (size_t size = 0; size < text.size(); ++size) {
    Diagnostics diagnostics;
    const auto root = parse(text.substr(0, size), diagnostics);
    EXPECT_EQ(root.has_value(), diagnostics.ok()) << size;
    EXPECT_LE(diagnostics.errors(), 1u) << size;
  }
}

TEST(SourceText, GivesTheLineWithoutItsEnd) {
  EXPECT_EQ(SourceText("a\r\nb\nc").line(1), "a");
  EXPECT_EQ(SourceText("a\r\nb\nc").line(3), "c");
  EXPECT_EQ(SourceText("a\r\nb\nc").line(4), "");
}

}  // namespace
}  // namespace abm::yaml
