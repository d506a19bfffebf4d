#include "accounts/text_check.h"

#include <string>

#include <gtest/gtest.h>

#include "base/text.h"

namespace abm::accounts {
namespace {

TEST(TextCheck, FindsEachControlCharacterAtEveryPlace) {
  for (char32_t point = 0; point < 0x100; ++point) {
    const bool control = point < 0x20 || (point >= 0x7f && point < 0xa0);
    for (size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x');
      std::string one;
      append_utf8(one, point);
      text.replace(at, 1, one);
      EXPECT_EQ(check_text(text), control ? TextFault::kControl : TextFault::kNone)
          << uint32_t{point} << " at " << at;
    }
  }
}

TEST(TextCheck, RefusesBytesThatAreNotUtf8) {
  for (const char* bad :
       {"\x80", "caf\xe9", "12345678\xff", "\xed\xa0\x80", "\xed\xbf\xbf", "\xc0\x80", "1234567\xe2\x82"}) {
    EXPECT_EQ(check_text(bad), TextFault::kNotUtf8);
  }
}

TEST(TextCheck, AllowsOneKibibyte) {
  EXPECT_EQ(check_text(std::string(1024, 'x')), TextFault::kNone);
  EXPECT_EQ(check_text(std::string(1025, 'x')), TextFault::kTooLong);
  EXPECT_EQ(check_text(""), TextFault::kNone);
}

TEST(TextCheck, FindsWhatReversesDirectionAnywhereAndNothingElse) {
  for (char32_t point = 0x2000; point < 0x2100; ++point) {
    std::string text = "a\xe2\x82\xac";
    append_utf8(text, point);
    text += "b";
    const bool turns = (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
    EXPECT_EQ(direction_control(text), turns ? point : 0) << uint32_t{point};
  }
  for (const char* plain : {"", "x", "M\xc3\xbcller", "\xd7\x90\xe2\x80\x8f", "\xd8\x9c", "\xe2\x82\xac"}) {
    EXPECT_EQ(direction_control(plain), 0u) << plain;
  }
}

}  // namespace
}  // namespace abm::accounts
