#include "base/invisible.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace abm {
namespace {

TEST(Invisible, IsTrimmedAtBothEndsAndKeptInside) {
  EXPECT_EQ(trimmed_of_invisible("\xc2\xa0 deere\xe2\x80\x8b\t\xef\xbb\xbf"), "deere");
  EXPECT_EQ(trimmed_of_invisible("a\xc2\xa0"
                                 "b"),
            "a\xc2\xa0"
            "b");
  EXPECT_EQ(trimmed_of_invisible("\xe3\x80\x80\xc2\xad"), "");
  EXPECT_EQ(trimmed_of_invisible("M\xc3\xbcller"), "M\xc3\xbcller");
  EXPECT_EQ(trimmed_of_invisible("\xff"), "\xff");
  EXPECT_EQ(trimmed_of_invisible("\xa0"), "\xa0");  // not UTF-8
}

TEST(Invisible, TextAsItLooksHasOrdinaryBlanks) {
  EXPECT_EQ(as_it_looks("Deere\xc2\xa0&\xe2\x80\x89"
                        "Com\xc2\xadpany"),
            "Deere & Company");
}

TEST(Invisible, IsNamedWithItsPlace) {
  EXPECT_EQ(note_on_invisible("de\xe2\x80\x8b"
                              "ere"),
            "; it holds an invisible U+200B (zero width space) after 'de': delete it");
  EXPECT_EQ(note_on_invisible("\xc2\xa0x"),
            "; it holds an invisible U+00A0 (no-break space) at its start: delete it");
  EXPECT_EQ(note_on_invisible("M\xc3\xbcller & Co"), "");
}

std::string units(std::u16string_view text, bool little) {
  std::string bytes;
  for (const char16_t unit : text) {
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xff);
    bytes += little ? low : high;
    bytes += little ? high : low;
  }
  return bytes;
}

TEST(Utf16, IsReadWithAndWithoutAByteOrderMarkInBothOrders) {
  for (const bool little : {true, false}) {
    for (const char16_t* text : {u"\ufeffnetwork,\u00fc\U0001F600\n", u"network,\u00fc\U0001F600\n"}) {
      std::string out;
      ASSERT_TRUE(utf16_to_utf8(units(text, little), out));
      EXPECT_EQ(out, "network,\xc3\xbc\xf0\x9f\x98\x80\n");
    }
  }
}

TEST(Utf16, HalfACharacterIsNotText) {
  for (const char16_t* text : {u"\ufeffab\xd800", u"\ufeffab\xdc00x", u"\ufeffab\xd800x"}) {
    std::string out;
    ASSERT_TRUE(utf16_to_utf8(units(text, true), out));
    EXPECT_FALSE(is_utf8(out));
  }
  std::string out;
  ASSERT_TRUE(utf16_to_utf8(units(u"\ufeffab", true) + "c", out));
  EXPECT_FALSE(is_utf8(out));
}

TEST(Utf16, OtherTextIsLeftAlone) {
  std::string out = "as it was";
  for (const std::string_view bytes :
       {std::string_view(""), std::string_view("a,b\nc,d\n"),
        std::string_view("\xef\xbb\xbf"
                         "abc,def"),
        std::string_view("a\0b\0c", 5), std::string_view("\0\0\0\0\0\0\0\0", 8)}) {
    EXPECT_FALSE(utf16_to_utf8(bytes, out));
  }
  EXPECT_EQ(out, "as it was");
}

}  // namespace
}  // namespace abm
