// Selector texts: what they parse to, what is refused where and why, and their canonical form.
#include "rewrite/select/selector.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rewrite/select/selector_reference.h"

namespace abm::rewrite {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Canonical text, or "!offset message".
std::string parsed(std::string_view text) {
  SelectorList list;
  const auto error = parse_selector(text, list);
  return error ? fmt::format("!{} {}", error->offset, error->message) : to_string(list);
}

TEST(Selector, CanonicalTextOfEveryConstruct) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"DIV", "DIV"},
      {"*|a", "a"},
      {"*|*", "*"},
      {"*|a.b>|c", "a.b > |c"},
      {"|*", "|*"},
      {"|A", "|A"},
      {":not(|a):is(*|b)", ":not(|a):is(b)"},
      {"[*|href]", "[*|href]"},
      {"[ *|xLink = x i ]", "[*|xLink=\"x\" i]"},
      {"[|href]", "[href]"},
      {"[|x|=y]", "[x|=\"y\"]"},
      {"*", "*"},
      {"*.a", ".a"},
      {"#Case-Study.Big", "#Case-Study.Big"},
      {" a , b\t", "a, b"},
      {"a>b", "a > b"},
      {"a+b~c  d", "a + b ~ c d"},
      {"a\n>\r\nb", "a > b"},
      {"/**/a/* x */.b/**/ /**/c", "a.b c"},
      {"a /**/ > /**/ b", "a > b"},
      {"[DATA-x]", "[DATA-x]"},
      {"svg[viewBox]", "svg[viewBox]"},
      {"[ data-x = y ]", "[data-x=\"y\"]"},
      {"[x='a\"b']", "[x=\"a\\\"b\"]"},
      {"[x~=a][x|=b][x^=c][x$=d][x*=e]", "[x~=\"a\"][x|=\"b\"][x^=\"c\"][x$=\"d\"][x*=\"e\"]"},
      {"[x=a i]", "[x=\"a\" i]"},
      {"[x=\"a\"I]", "[x=\"a\" i]"},
      {"[x=a s]", "[x=\"a\"]"},
      {"[type=RADIO]", "[type=\"RADIO\"]"},
      {"[type=RADIO s]", "[type=\"RADIO\" s]"},
      {"[type=RADIO i]", "[type=\"RADIO\" i]"},
      {":root", ":root"},
      {":First-Child", ":first-child"},
      {":first-of-type", ":first-of-type"},
      {":nth-child(1)", ":first-child"},
      {":nth-child(odd)", ":nth-child(2n+1)"},
      {":nth-child( EVEN )", ":nth-child(2n)"},
      {":nth-child(2n+1)", ":nth-child(2n+1)"},
      {":nth-child(-n + 3)", ":nth-child(-1n+3)"},
      {":nth-child(+N- 2)", ":nth-child(1n-2)"},
      {":nth-of-type(/**/ -7 )", ":nth-of-type(-7)"},
      {":nth-child(0n+0)", ":nth-child(0)"},
      {":not(.a,#b)", ":not(.a, #b)"},
      {":is( h1 , h2.x ):NOT(:is(a))", ":is(h1, h2.x):not(:is(a))"},
      {"\\61 b", "ab"},
      {"#\\31 a", "#\\31 a"},
      {".-\\31", ".-\\31 "},
      {"#\\-", "#\\-"},
      {"#--x", "#--x"},
      {".a\\:b\\/c", ".a\\:b\\/c"},
      {".caf\xc3\xa9", ".caf\xc3\xa9"},
      {".\\e9", ".\xc3\xa9"},
      {".\\0 x", ".\xef\xbf\xbdx"},
      {".\\110000x", ".\xef\xbf\xbdx"},
      {".\\d800 x", ".\xef\xbf\xbdx"},
      {"[x=\"a\\\nb\"]", "[x=\"ab\"]"},
      {"[x=\"a\\a b\"]", "[x=\"a\\a b\"]"},
      {"a\\ b", "a\\ b"},
  };
  for (const auto& [text, canonical] : cases) {
    EXPECT_EQ(parsed(text), canonical) << text;
    EXPECT_EQ(parsed(canonical), canonical) << text;
  }
}

TEST(Selector, RandomOnesReadBackAsTheyWere) {
  std::mt19937 random(3);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = to_string(random_selectors(random));
    if (text.size() > kMaxSelectorBytes) continue;
    ASSERT_EQ(parsed(text), text);
  }
}

TEST(Selector, NamesOfAnyCharactersReadBack) {
  std::mt19937 random(5);
  for (int i = 0; i < 3000; ++i) {
    std::string name;
    for (size_t size = 1 + random() % 6; name.size() < size;) name += static_cast<char>(1 + random() % 0x7f);
    CompoundSelector compound;
    compound.ids = {name};
    compound.classes = {name + "\xe2\x80\xa8"};
    compound.attributes = {{"data-x", AttributeOperator::kPrefix, name, LetterCase::kIgnored}};
    SelectorList list, again;
    list.selectors = {{{compound}, {}}};
    const auto error = parse_selector(to_string(list), again);
    ASSERT_FALSE(error) << to_string(list) << ": " << error->message;
    const CompoundSelector& back = again.selectors.at(0).compounds.at(0);
    ASSERT_EQ(back.ids, compound.ids);
    ASSERT_EQ(back.classes, compound.classes);
    ASSERT_EQ(back.attributes.at(0).value, name);
  }
}

TEST(Selector, RefusalsNamePlaceReasonAndRemedy) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "!0 a selector is missing before the end"},
      {"  ", "!2 a selector is missing before the end"},
      {"a,", "!2 a selector is missing before the end"},
      {"a,,b", "!2 a selector is missing before ','"},
      {"a:hover", "!1 ':hover' depends on the reader, not on the page"},
      {"a:VISITED", "!1 ':visited' depends on the reader, not on the page"},
      {"li:last-child",
       "!2 ':last-child' is known only after the start tag was sent: it depends on what follows"},
      {"p:empty", "!1 ':empty' is known only after"},
      {"div:has(> a)", "!3 ':has' is known only after"},
      {"a:contains('x')", "!1 ':contains' is not CSS"},
      {"a:link", "!1 ':link' depends on the reader, not on the page; write a[href]"},
      {":where(a)", "!0 ':where' is not decided by the start tag alone; write :is(…)"},
      {"tr:odd", "!2 ':odd' is not CSS; write :nth-child(even)"},
      {":nth-chidl(2)", "!0 unknown pseudo-class ':nth-chidl', did you mean 'nth-child'?"},
      {"p::before",
       "!1 '::before' names a part that the page's markup does not have: use the element itself"},
      {"p:after", "!1 ':after' names a part"},
      {":", "!0 ':' needs the name"},
      {": root", "!0 ':' needs the name"},
      {"svg|a",
       "!0 the namespace prefix 'svg' is not declared: there is no @namespace for slots; write the name "
       "without prefix, or '*|' for any namespace"},
      {"b svg|*", "!2 the namespace prefix 'svg' is not declared"},
      {"[xlink|href]", "!0 the namespace prefix 'xlink' is not declared"},
      {"[*|xlink|href]", "!0 the namespace prefix 'xlink' is not declared"},
      {"*|", "!2 '|' needs a type or '*' right after it, not the end"},
      {"| a", "!1 '|' needs a type or '*'"},
      {"|.a", "!1 '|' needs a type or '*'"},
      {"|", "!1 '|' needs"},
      {"[|]", "!2 '[' needs an attribute name"},
      {"[*]", "!1 '[' needs an attribute name"},
      {"col || td", "!4 '||' selects columns"},
      {"> a", "!0 a selector cannot begin with the combinator '>'"},
      {"a >", "!2 the combinator has nothing on its right"},
      {"a > > b", "!4 a selector cannot begin with the combinator '>'"},
      {"a + , b", "!2 the combinator has nothing on its right"},
      {"& a", "!0 '&' needs"},
      {"a{}", "!1 unexpected '{'"},
      {"a)", "!1 unexpected ')'"},
      {".a*", "!2 unexpected '*': a type comes first"},
      {":root html :not(a)b", "!18 unexpected 'b': a type comes first"},
      {"1a", "!0 a name cannot begin with '1'; escape it as '\\31 '"},
      {"#1a", "!0 '#1a' does not begin like a name; write [id=\"1a\"]"},
      {".2x", "!0 '.2x' does not begin like a name; write [class~=\"2x\"]"},
      {"# a", "!0 '#' needs a name right after it"},
      {"a.", "!1 '.' needs a name"},
      {"[", "!1 '[' needs an attribute name, not the end"},
      {"[a", "!2 '[a' needs ']'"},
      {"[a=b", "!0 '[a' needs a ']' before the end"},
      {"[a=b c]",
       "!5 after a value, write 'i' (ignore case), 's' or ']', not 'c'; a value with blanks needs quotes"},
      {"[a=5]", "!3 the value of [a] needs quotes"},
      {"[a=]", "!3 the value of [a] needs quotes: ']' cannot"},
      {"[a!=b]", "!2 '!=' is not CSS; write :not([a=…])"},
      {"[a=\"b]", "!3 string is not closed: write \" after it"},
      {"[a='b\nc']", "!3 string is not closed"},
      {"a/*", "!1 comment is not closed"},
      {":not", "!0 ':not' needs an argument: write :not(…)"},
      {":not()", "!5 a selector is missing before ')'"},
      {":not(a", "!0 ':not(' needs a ')' before the end"},
      {":not(a b)", "!7 ':not' and ':is' take compound selectors only"},
      {":is(a > b)", "!6 ':not' and ':is' take compound selectors only"},
      {":is(> b)", "!4 a selector cannot begin with"},
      {":root(a)", "!0 ':root' takes no argument"},
      {":nth-child", "!0 ':nth-child' needs an argument"},
      {":nth-child(2n+)", "!11 expected 'odd', 'even', a number or an+b"},
      {":nth-child(+ 2n)", "!11 expected"},
      {":nth-child(2n + -1)", "!11 expected"},
      {":nth-child(2n 1)", "!11 expected"},
      {":nth-child(x)", "!11 expected"},
      {":nth-child(5x)", "!11 expected"},
      {":nth-child(n2)", "!11 expected"},
      {":nth-child(9999999)", "!11 number larger than 1000000"},
      {":nth-child(2 of .a)", "!13 ':nth-child(… of …)' counts"},
      {":nth-child(2n of .a)", "!14 ':nth-child(… of …)' counts"},
      {":nth-child(2", "!0 ':nth-child(' needs a ')' before the end"},
      {"a\xff", "!1 selector is not UTF-8"},
      {std::string_view("a\0b", 3), "!1 NUL byte in a selector"},
      {"a \\", "!2 unexpected '\\'"},
      {"a $ b", "!2 unexpected '$'"},
  };
  for (const auto& [text, refusal] : cases) EXPECT_THAT(parsed(text), testing::StartsWith(refusal)) << text;
}

TEST(Selector, LimitsAreInTheMessage) {
  const auto repeated = [](std::string_view piece, size_t times) {
    std::string text;
    for (size_t i = 0; i < times; ++i) text += piece;
    return text;
  };
  EXPECT_EQ(parsed(repeated("a ", kMaxCompounds)).front(), 'a');
  EXPECT_THAT(parsed(repeated("a ", kMaxCompounds + 1)), HasSubstr("more than 16 compounds"));
  EXPECT_EQ(parsed(repeated("a,", kMaxAlternatives - 1) + "a").front(), 'a');
  EXPECT_THAT(parsed(repeated("a,", kMaxAlternatives) + "a"), HasSubstr("more than 64 alternatives"));
  EXPECT_EQ(parsed(repeated(".a", kMaxSimple)).front(), '.');
  EXPECT_THAT(parsed(repeated(".a", kMaxSimple + 1)), HasSubstr("more than 32 simple selectors"));
  EXPECT_EQ(parsed(repeated(":is(", kMaxNesting) + "a" + repeated(")", kMaxNesting)).front(), ':');
  EXPECT_THAT(parsed(repeated(":is(", kMaxNesting + 1) + "a" + repeated(")", kMaxNesting + 1)),
              HasSubstr("nested deeper than 4"));
  EXPECT_THAT(parsed(repeated(":not(", 1000000)), HasSubstr("longer than 4096 bytes"));
  EXPECT_THAT(parsed("[a=\"" + repeated("x", kMaxValueBytes + 1) + "\"]"),
              HasSubstr("longer than 256 bytes"));
  EXPECT_EQ(parsed("." + repeated("x", kMaxSelectorBytes - 1)).front(), '.');
}

TEST(Selector, SubjectTypesAreOfTheLastCompoundOfEachAlternative) {
  SelectorList list;
  ASSERT_FALSE(parse_selector("section > IMG.x, .y, p br ~ *", list));
  EXPECT_THAT(subject_types(list), ElementsAre("img", "", ""));
  EXPECT_TRUE(is_void_element("img"));
  EXPECT_FALSE(is_void_element("image"));
  EXPECT_FALSE(is_void_element(""));
}

TEST(Selector, AnyTextIsParsedOrRefusedAndWhatIsParsedReadsBack) {
  constexpr std::string_view kAlphabet = "ab#.[]=\"'~|^$*:() ,>+\\1n-/i\n";
  std::mt19937 random(11);
  size_t accepted = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string text;
    for (size_t size = random() % 12; text.size() < size;) text += kAlphabet[random() % kAlphabet.size()];
    const std::string once = parsed(text);
    if (once.starts_with('!')) continue;
    ++accepted;
    ASSERT_EQ(parsed(once), once) << text;
  }
  EXPECT_GT(accepted, 1000u);
}

}  // namespace
}  // namespace abm::rewrite
