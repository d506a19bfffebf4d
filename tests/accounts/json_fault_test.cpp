#include "accounts/json_fault.h"

#include <random>
#include <string>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "tests/accounts/feed_samples.h"

namespace abm::accounts {
namespace {

constexpr unsigned kDepth = 8;

struct Case {
  std::string_view text;
  size_t offset;
  std::string_view message;
};

TEST(JsonFault, NamesPlaceAndReason) {
  const Case cases[] = {
      {"", 0, "the line ends where a value is expected"},
      {"{", 1, "the line ends where a key in double quotes is expected"},
      {R"({"a")", 4, "the line ends where ':' is expected"},
      {R"({"a":)", 5, "the line ends where a value is expected"},
      {R"({"a":1)", 6, "the line ends where ',' or '}' is expected"},
      {R"([1)", 2, "the line ends where ',' or ']' is expected"},
      {R"([1 2])", 3, "expected ',' or ']', found '2'"},
      {R"([1,])", 3, "expected a value, found ']'"},
      {R"({"a":1,})", 7, "expected a key in double quotes, found '}'"},
      {R"({a:1})", 1, "expected a key in double quotes, found 'a'"},
      {R"([True])", 1, "'True' is not a JSON value"},
      {R"([nan])", 1, "'nan' is not a JSON value"},
      {R"([+1])", 1, "'+1' is not a JSON value"},
      {R"([1.])", 1, "'1.' is not a JSON number"},
      {R"([.5])", 1, "'.5' is not a JSON value"},
      {R"([1e])", 1, "'1e' is not a JSON number"},
      {R"([00])", 1, "'00' is not a JSON number"},
      {R"([-])", 1, "'-' is not a JSON number"},
      {R"([0x10])", 1, "'0x10' is not a JSON number"},
      {R"([18446744073709551616])", 1, "number '18446744073709551616' is out of range"},
      {R"([-9223372036854775809])", 1, "number '-9223372036854775809' is out of range"},
      {R"([1e309])", 1, "number '1e309' is out of range"},
      {R"(["\x"])", 2, R"('\x' is not a JSON escape)"},
      {R"(["\u12g4"])", 2, R"('\u12g4' is not a JSON escape)"},
      {R"(["\ud83d"])", 2, R"('\ud83d' is half of a surrogate pair)"},
      {R"(["\ud83d\u0041"])", 2, R"('\ud83d' is half of a surrogate pair)"},
      {R"(["\ude00\ud83d"])", 2, R"('\ude00' is half of a surrogate pair)"},
      {"[\"a\tb\"]", 3, "control character 0x09 inside a string"},
      {"[\"\xc3\"]", 2, "byte 0xc3 is not valid UTF-8, save the feed as UTF-8"},
      {"[\xe4]", 1, "byte 0xe4 is not valid UTF-8, save the feed as UTF-8"},
      {"[\x01]", 1, "expected a value, found byte 0x01"},
      {R"({"a":1,"\u0061":2})", 7, "duplicate key 'a', first at column 2"},
      {R"([{"b":{"a":1,"a":2}}])", 13, "duplicate key 'a', first at column 8"},
      {R"([[[[[[[[[1]]]]]]]]])", 8, "nesting deeper than 8 levels"},
      {R"({} {})", 3, "'{}' after the object, each line holds one"},
      {R"({}x)", 2, "'x' after the object, each line holds one"},
  };
  for (const Case& c : cases) {
    const auto fault = find_json_fault(c.text, kDepth);
    ASSERT_TRUE(fault) << c.text;
    EXPECT_EQ(fault->message, c.message) << c.text;
    EXPECT_EQ(fault->offset, c.offset) << c.text;
  }
}

TEST(JsonFault, FindsNoneInSoundText) {
  for (const char* good :
       {"{}", "[]", " [ ] ", "0", "-0", "1.5e-3", "1e-999", "18446744073709551615", "\"\"", "null",
        R"({"a":{"a":[{"a":1},{"a":1}]}})", R"("\ud83d\ude00\u0000\"\/")", "[[[[[[[[1]]]]]]]]"}) {
    EXPECT_FALSE(find_json_fault(good, kDepth)) << good;
  }
}

/// What simdjson refuses must have a fault that we can name, and what it accepts must
/// have no fault of grammar.
TEST(JsonFault, AgreesWithSimdjsonOnDamagedLines) {
  std::mt19937 random(7);
  simdjson::dom::parser parser;
  ASSERT_EQ(parser.allocate(4096, kDepth + 1), simdjson::SUCCESS);
  const std::string_view sample = samples::kDeere.substr(0, samples::kDeere.size() - 1);
  static constexpr std::string_view kBytes = "{}[]\",:\\/0123456789-+.eEtfnul \t\x01\x7f\xc3\xa4\xed\xa0";
  size_t refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string line(sample);
    for (auto edits = 1 + random() % 3; edits > 0; --edits) {
      const size_t at = random() % line.size();
      switch (random() % 3) {
        case 0:
          line[at] = kBytes[random() % kBytes.size()];
          break;
        case 1:
          line.erase(at, 1 + random() % 4);
          break;
        default:
          line.insert(at, 1, kBytes[random() % kBytes.size()]);
      }
    }
    const bool sound = parser.parse(line).error() == simdjson::SUCCESS;
    const auto fault = find_json_fault(line, kDepth);
    if (!sound) {
      ++refused;
      EXPECT_TRUE(fault) << line;
    } else if (fault) {
      // simdjson allows these; the feed does not.
      EXPECT_TRUE(fault->message.find("duplicate key") == 0 ||
                  fault->message.find("surrogate") != std::string::npos)
          << fault->message << '\n'
          << line;
    }
  }
  EXPECT_GT(refused, 5000u);
}

TEST(JsonFault, StopsAtTheDepthLimitOfAMillionBrackets) {
  const auto fault = find_json_fault(std::string(1'000'000, '['), kDepth);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->offset, kDepth);
}

TEST(Excerpt, CutsLongTextAtACodePoint) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "ä";
  EXPECT_EQ(excerpt(text), text.substr(0, 128) + "…");
  EXPECT_EQ(excerpt("a\xff"
                    "b"),
            "a\ufffd"
            "b");
  EXPECT_EQ(excerpt(""), "");
}

}  // namespace
}  // namespace abm::accounts
