// Labels of the Encoding standard, and how the scanner reads each.
#include "rewrite/scan/charset.h"

#include <gtest/gtest.h>

namespace abm::rewrite {
namespace {

TEST(Charset, KnowsTheLabelsOfTheStandard) {
  EXPECT_EQ(charset_from_label("utf-8"), Charset::kUtf8);
  EXPECT_EQ(charset_from_label(" \"UTF8\" "), Charset::kUtf8);
  EXPECT_EQ(charset_from_label("Latin1"), Charset::kSingleByte);
  EXPECT_EQ(charset_from_label("us-ascii"), Charset::kSingleByte);
  EXPECT_EQ(charset_from_label("windows-1252"), Charset::kSingleByte);
  EXPECT_EQ(charset_from_label("x-mac-cyrillic"), Charset::kSingleByte);
  EXPECT_EQ(charset_from_label("Shift_JIS"), Charset::kShiftJis);
  EXPECT_EQ(charset_from_label("windows-31j"), Charset::kShiftJis);
  EXPECT_EQ(charset_from_label("gb2312"), Charset::kGbk);
  EXPECT_EQ(charset_from_label("gb18030"), Charset::kGbk);
  EXPECT_EQ(charset_from_label("big5-hkscs"), Charset::kBig5);
  EXPECT_EQ(charset_from_label("euc-jp"), Charset::kEuc);
  EXPECT_EQ(charset_from_label("ks_c_5601-1987"), Charset::kEuc);
}

TEST(Charset, RefusesEncodingsThatHideMarkup) {
  for (const char* const label :
       {"utf-16", "utf-16le", "utf-16be", "unicode", "iso-2022-jp", "iso-2022-kr", "hz-gb-2312", "utf-7",
        "utf-32", "replacement", "x-user-defined", "no-such-label"}) {
    EXPECT_EQ(charset_from_label(label), Charset::kUnsupported) << label;
  }
  EXPECT_EQ(charset_from_label(std::string(10000, 'u')), Charset::kUnsupported);
}

TEST(Charset, TakesAnEmptyLabelForNone) {
  EXPECT_EQ(charset_from_label(""), Charset::kUnlabelled);
  EXPECT_EQ(charset_from_label(" '' "), Charset::kUnlabelled);
}

}  // namespace
}  // namespace abm::rewrite
