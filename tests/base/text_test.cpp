#include "base/text.h"

#include <array>

#include <gtest/gtest.h>

namespace abm {
namespace {

TEST(Text, KnowsValidUtf8ByTheTable) {
  for (const char* good : {"", "a", "ä", "€", "😀", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (const char* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xff"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

TEST(Text, EncodesWhatItDecodes) {
  for (char32_t point : {0x24u, 0xa2u, 0x20acu, 0x10348u, 0x10ffffu}) {
    std::string bytes;
    append_utf8(bytes, point);
    const DecodedPoint back = decode_utf8(bytes);
    EXPECT_TRUE(back.valid);
    EXPECT_EQ(back.value, point);
    EXPECT_EQ(back.length, bytes.size());
  }
}

TEST(Text, TrimsBothEndsAndNothingInside) {
  EXPECT_EQ(trimmed(" \t max-age = 1\t "), "max-age = 1");
  EXPECT_EQ(trimmed("gzip"), "gzip");
  EXPECT_EQ(trimmed(" \t "), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed("\tgzip ", " "), "\tgzip");
}

TEST(Text, SuggestsOnlyNearNames) {
  constexpr std::array<std::string_view, 3> kKeys = {"priority", "rewrite", "when"};
  EXPECT_EQ(did_you_mean("prioritty", kKeys), ", did you mean 'priority'?");
  EXPECT_EQ(did_you_mean("Rewirte", kKeys), ", did you mean 'rewrite'?");
  EXPECT_EQ(did_you_mean("colour", kKeys), "");
  EXPECT_EQ(did_you_mean("", kKeys), "");
}

}  // namespace
}  // namespace abm
