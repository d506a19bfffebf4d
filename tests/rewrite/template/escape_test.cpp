// Escaping by place: exact forms, hostile values, both writers alike.
#include "rewrite/template/escape.h"

#include <random>

#include <gtest/gtest.h>

#include "base/text.h"

namespace abm::rewrite {
namespace {

constexpr Place kPlaces[] = {Place::kText, Place::kDoubleQuoted, Place::kSingleQuoted,
                             Place::kUrlDoubleQuoted, Place::kUrlSingleQuoted};

std::string escaped(std::string_view value, Place place, Charset charset = Charset::kUtf8) {
  std::string out;
  append_escaped(out, value, place, charset);
  return out;
}

TEST(Escape, EachPlaceEscapesWhatCouldEndIt) {
  constexpr std::string_view kValue = "a&b<c>d\"e'f";
  EXPECT_EQ(escaped(kValue, Place::kText), "a&amp;b&lt;c&gt;d\"e'f");
  EXPECT_EQ(escaped(kValue, Place::kDoubleQuoted), "a&amp;b&lt;c&gt;d&quot;e'f");
  EXPECT_EQ(escaped(kValue, Place::kSingleQuoted), "a&amp;b&lt;c&gt;d\"e&#39;f");
  EXPECT_EQ(escaped(kValue, Place::kUrlDoubleQuoted), "a%26b%3Cc%3Ed%22e%27f");
  EXPECT_EQ(escaped(kValue, Place::kUrlSingleQuoted), "a%26b%3Cc%3Ed%22e%27f");
}

TEST(Escape, UrlComponentsChooseNeitherSchemeNorHostNorPath) {
  const auto url = [](std::string_view value) { return escaped(value, Place::kUrlDoubleQuoted); };
  EXPECT_EQ(url("javascript:alert(1)"), "javascript%3Aalert%281%29");
  EXPECT_EQ(url("//evil.example/a?b#c"), "%2F%2Fevil.example%2Fa%3Fb%23c");
  EXPECT_EQ(url("\\\\evil"), "%5C%5Cevil");
  EXPECT_EQ(url("a b\tc\r\n"), "a%20b%09c%0D%0A");
  EXPECT_EQ(url("100%41"), "100%2541");
  EXPECT_EQ(url("M\xc3\xbcller ~_-."), "M%C3%BCller%20~_-.");
  EXPECT_EQ(url("\xff"), "%EF%BF%BD");
  // "." and ".." are path segments even percent-encoded, and nothing at all would join two slashes.
  for (const std::string_view value : {"", ".", "..", "...", ".\x01.", "\x7f"})
    EXPECT_EQ(url(value), "_") << value;
  EXPECT_EQ(url("..a"), "..a");
  EXPECT_EQ(url("a.."), "a..");
}

TEST(Escape, BracesOfAValueAreNeverTwoWhateverStandsBesideThem) {
  for (const Place place : {Place::kText, Place::kDoubleQuoted, Place::kSingleQuoted}) {
    EXPECT_EQ(escaped("{{7*7}}", place), "&#123;&#123;7*7}}");
    EXPECT_EQ(escaped("a{", place), "a&#123;") << "a brace of the author may follow";
    EXPECT_EQ(escaped("${x} #{x} {% x %}", place), "$&#123;x} #&#123;x} &#123;% x %}");
    std::string literal;
    append_literal(literal, "{{ a }} <", place);
    EXPECT_EQ(literal, "{{ a }} &lt;") << "authors mean what they write";
  }
  EXPECT_EQ(escaped("{{7}}", Place::kUrlDoubleQuoted), "%7B%7B7%7D%7D");
}

TEST(Escape, ControlsAreLeftOutAndBadBytesReplaced) {
  EXPECT_EQ(escaped(std::string_view("a\0b\x01\x1f\x7f\t\r\nc", 10), Place::kText), "ab\t\r\nc");
  EXPECT_EQ(escaped("a\xc2\x80\xc2\x9f\xc2\xa0", Place::kText), "a\xc2\xa0") << "C1 controls";
  EXPECT_EQ(escaped("a\xe2\x82", Place::kText), "a\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(escaped("\xed\xa0\x80", Place::kText), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") << "a surrogate";
}

TEST(Escape, OtherCharsetsGetCharacterReferences) {
  for (const Charset charset :
       {Charset::kSingleByte, Charset::kUnlabelled, Charset::kShiftJis, Charset::kGbk}) {
    EXPECT_EQ(escaped("M\xc3\xbcller \xe2\x80\xa8\xf0\x9f\x98\x80 <", Place::kText, charset),
              "M&#252;ller &#8232;&#128512; &lt;");
    EXPECT_EQ(escaped("\xff", Place::kDoubleQuoted, charset), "&#65533;");
    EXPECT_EQ(escaped("\xc3\xbc", Place::kUrlDoubleQuoted, charset), "%C3%BC");
  }
}

TEST(Escape, NoValueLeavesAByteThatEndsItsPlace) {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string value;
    for (size_t size = random() % 12; value.size() < size;) value += static_cast<char>(random());
    for (const Place place : kPlaces) {
      const std::string out = escaped(value, place, i % 2 == 0 ? Charset::kUtf8 : Charset::kSingleByte);
      ASSERT_EQ(out.find_first_of("<>"), std::string::npos);
      ASSERT_TRUE(is_utf8(out));
      if (place != Place::kText) {
        ASSERT_EQ(out.find(place == Place::kDoubleQuoted || place == Place::kUrlDoubleQuoted ? '"' : '\''),
                  std::string::npos);
      }
      if (place == Place::kUrlDoubleQuoted) {
        ASSERT_EQ(out.find_first_of(":/?#\\& \t\n"), std::string::npos);
        ASSERT_NE(out.find_first_not_of('.'), std::string::npos);
      }
    }
  }
}

TEST(Escape, IntoABufferOfAnySizeWritesAPrefixAndSaysTheWhole) {
  constexpr std::string_view kValue = "<a&b> \xc3\xbc\xff ..";
  for (const Place place : kPlaces) {
    for (const Charset charset : {Charset::kUtf8, Charset::kSingleByte}) {
      const std::string whole = escaped(kValue, place, charset);
      EXPECT_EQ(escape_into(nullptr, 0, kValue, place, charset), whole.size());
      for (size_t capacity = 0; capacity <= whole.size() + 1; ++capacity) {
        std::string buffer(whole.size() + 2, '#');
        ASSERT_EQ(escape_into(buffer.data(), capacity, kValue, place, charset), whole.size());
        const size_t written = std::min(capacity, whole.size());
        ASSERT_EQ(buffer, whole.substr(0, written) + std::string(buffer.size() - written, '#'));
      }
    }
  }
}

TEST(Escape, KnowsUrlAttributesAndThoseThatTakeNoPlaceholder) {
  for (const char* name : {"href", "src", "action", "formaction", "cite", "data", "poster", "xlink:href"}) {
    EXPECT_TRUE(is_url_attribute(name)) << name;
    EXPECT_EQ(placeholder_refusal(name), "") << name;
  }
  for (const char* name :
       {"srcset", "style", "onclick", "srcdoc", "imagesrcset", "from", "to", "by", "values"}) {
    EXPECT_FALSE(is_url_attribute(name)) << name;
    EXPECT_NE(placeholder_refusal(name), "") << name;
  }
  EXPECT_FALSE(is_url_attribute("title"));
  EXPECT_EQ(placeholder_refusal("data-on"), "");
}

}  // namespace
}  // namespace abm::rewrite
