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

}  // namespace
}  // namespace abm::accounts
