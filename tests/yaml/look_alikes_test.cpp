#include "yaml/look_alikes.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "yaml/parse.h"
#include "yaml/reader.h"

namespace abm::yaml {
namespace {

using testing::HasSubstr;

/// The first error or warning of a file.
std::string said_of(const std::string& text) {
  Diagnostics diagnostics;
  (void)yaml::parse(text, "a.yaml", {}, diagnostics);
  if (diagnostics.all().empty()) return "nothing";
  const Diagnostic& first = diagnostics.all().front();
  return std::to_string(first.at.line) + ":" + std::to_string(first.at.column) + ": " + first.message;
}

std::string error_of(const std::string& text) {
  Diagnostics diagnostics;
  return yaml::parse(text, "a.yaml", {}, diagnostics) ? "accepted" : diagnostics.first_error();
}

TEST(LookAlikes, AreNamedWhereYamlStopsAtThem) {
  // The quote begins a value whose ':' then ends a key.
  EXPECT_THAT(error_of("a:\n  text: “See: the plan”\n"),
              HasSubstr("at 2:9: a typographic quote “ instead of \""));
  EXPECT_THAT(error_of("a: [ “one, b: “two” }\n"), HasSubstr("typographic quote “"));
  EXPECT_THAT(error_of("a: \"See the plan”\nb: c\n"),
              HasSubstr("at 1:17: a typographic quote ” instead of \""));
  EXPECT_THAT(error_of("a: 'x’\nb: c\n"), HasSubstr("at 1:6: a typographic quote ’ instead of '"));
  // "b:\u00a0c" is one word, so that no ':' follows the key.
  EXPECT_THAT(error_of("a: 1\nb:\u00a0c\nd: 2\n"),
              HasSubstr("at 2:3: a no-break space (U+00A0) instead of a space"));
  EXPECT_THAT(error_of("a:\n  b: 1\n\u00a0\u00a0c: 2\n"), HasSubstr("a no-break space (U+00A0)"));
  EXPECT_THAT(error_of("a： 1\nb: 2\n"), HasSubstr("at 1:2: a wide colon ： instead of :"));
}

TEST(LookAlikes, AreRefusedInKeys) {
  EXPECT_EQ(said_of("a: 1\nru\u200bles: 2\n"), "2:3: an invisible character (U+200B) in key 'ru<U+200B>les'");
  EXPECT_EQ(said_of("\"a\u00a0\": 2\n"),
            "1:3: a no-break space (U+00A0) instead of a space in key 'a<U+00A0>'");
  EXPECT_EQ(said_of("“a”: 2\n"), "1:1: a typographic quote “ instead of \" in key '“a”'");
  // A text in typographic quotes is not held together by them.
  EXPECT_THAT(said_of("a: { text: See the plan, drew up” }\n"),
              HasSubstr("1:33: a typographic quote ” instead of \""));
  EXPECT_EQ(said_of("a:\n  – id: one\n"), "2:3: a dash – instead of - in key '– id'");
  EXPECT_EQ(said_of("won’t: 1\nÄöü: 2\n"), "nothing");
}

TEST(LookAlikes, AreToldOfInValuesThatTheyAreAround) {
  EXPECT_THAT(said_of("a: “See the plan”\n"),
              HasSubstr("1:4: a typographic quote “ instead of \": typographic quotes are part"));
  EXPECT_THAT(said_of("a: [x, „See the plan“]\n"), HasSubstr("1:8: a typographic quote „"));
  EXPECT_THAT(said_of("a: “See the plan\"\n"), HasSubstr("a typographic quote “"));
  EXPECT_THAT(said_of("a: ‘one-to-one’\n"), HasSubstr("a typographic quote ‘ instead of '"));
  EXPECT_THAT(said_of("a: one\u00a0\n"),
              HasSubstr("a no-break space (U+00A0) instead of a space is at the end"));
  EXPECT_THAT(said_of("a: \u200bone\n"), HasSubstr("an invisible character (U+200B) is at the beginning"));
}

TEST(LookAlikes, AreLeftAloneInText) {
  for (const char* text : {"a: \"“See the plan”\"\n", "a: '\u00a0x'\n", "a: She said “yes” to “no”\n",
                           "a: “Yes” is what she said\n", "a: rock ’n’ roll\n", "a: ’90s\n", "a: a\u00a0b\n",
                           "a: می\u200cخواهم\n", "a: 👩\u200d💻 at work\n", "a: b – c\n", "a: |\n  “x”\n",
                           "# “x\na: 1  # \u00a0“\n", "a: 12：30\n"}) {
    EXPECT_EQ(said_of(text), "nothing") << text;
  }
}

TEST(LookAlikes, AreVisibleInWhatMessagesQuote) {
  EXPECT_EQ(in_quotes("one\u00a0to\u200bone"), "'one<U+00A0>to<U+200B>one'");
  EXPECT_EQ(in_quotes("Straße"), "'Straße'");
}

}  // namespace
}  // namespace abm::yaml
