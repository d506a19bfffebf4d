#include "base/folding.h"

#include <gtest/gtest.h>
#include <utf8proc.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/text.h"

namespace abm {
namespace {

std::string utf8(std::initializer_list<char32_t> points) {
  std::string text;
  for (const char32_t point : points) append_utf8(text, point);
  return text;
}

std::string utf8(char32_t point) {
  return utf8({point});
}

template <typename F>
void for_all_scalars(F f) {
  for (char32_t point = 1; point <= 0x10ffff; ++point) {
    if (point < 0xd800 || point > 0xdfff) f(point);
  }
}

/// utf8proc's own normalization of a whole text.
std::string normalized(const std::string& text, int options) {
  utf8proc_uint8_t* out = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                 static_cast<utf8proc_ssize_t>(text.size()), &out,
                                 static_cast<utf8proc_option_t>(UTF8PROC_STABLE | options));
  EXPECT_GE(size, 0);
  std::string result(reinterpret_cast<const char*>(out),
                     static_cast<size_t>(std::max<utf8proc_ssize_t>(size, 0)));
  free(out);
  return result;
}
std::string nfc(const std::string& text) {
  return normalized(text, UTF8PROC_COMPOSE);
}
std::string nfd(const std::string& text) {
  return normalized(text, UTF8PROC_DECOMPOSE);
}

TEST(Folding, TreatsWordsOfManyLanguagesAlikeInEitherCase) {
  const std::vector<std::pair<std::string, std::string>> same = {{"/LÖSUNGEN", "/lösungen"},
                                                                 {"ÖPNV", "öpnv"},
                                                                 {"SOCIÉTÉ", "société"},
                                                                 {"РОСТЕХ", "Ростех"},
                                                                 {"ΟΔΟΣ", "οδος"},
                                                                 {"οδός", "ΟΔΌΣ"},
                                                                 {"STRAẞE", "straße"},
                                                                 {"Łódź", "ŁÓDŹ"},
                                                                 {"ＡＢＣ", "ａｂｃ"},
                                                                 {"ŞİŞE", "şi̇şe"},
                                                                 {"ΆΛΦΑ", "άλφα"},
                                                                 {"ǅ", "ǆ"},
                                                                 {"K", "k"},
                                                                 {"Ω", "ω"},
                                                                 {"", ""},
                                                                 {"Ω", "Ω"}};
  for (const auto& [a, b] : same) {
    EXPECT_TRUE(equal_without_case(a, b)) << a << " " << b;
    EXPECT_EQ(folded(a), folded(b)) << a << " " << b;
  }
  const std::vector<std::pair<std::string, std::string>> different = {
      {"ı", "i"}, {"I", "ı"}, {"ß", "ss"}, {"ö", "o"}, {"ﬁ", "fi"}, {"é", "è"}, {"a", ""}, {"２", "2"}};
  for (const auto& [a, b] : different) EXPECT_FALSE(equal_without_case(a, b)) << a << " " << b;
}

TEST(Folding, EveryCharacterEqualsItsOtherCase) {
  for_all_scalars([](char32_t point) {
    const auto code = static_cast<utf8proc_int32_t>(point);
    const auto upper = static_cast<char32_t>(utf8proc_toupper(code));
    const auto lower = static_cast<char32_t>(utf8proc_tolower(code));
    // The two letters whose other case is that of another letter, except in Turkish.
    if (point != 0x131) {
      EXPECT_EQ(folded(utf8(point)), folded(utf8(upper))) << std::hex << uint32_t{point};
    }
    if (point != 0x130) {
      EXPECT_EQ(folded(utf8(point)), folded(utf8(lower))) << std::hex << uint32_t{point};
    }
  });
}

TEST(Folding, EveryCharacterEqualsItsDecomposition) {
  for_all_scalars([](char32_t point) {
    const std::string text = "a" + utf8(point) + "z";
    EXPECT_EQ(folded(text), folded(nfd(text))) << std::hex << uint32_t{point};
    EXPECT_EQ(folded(text), folded(nfc(text))) << std::hex << uint32_t{point};
    EXPECT_EQ(composed(text), nfc(text)) << std::hex << uint32_t{point};
  });
}

TEST(Folding, FoldingAgainChangesNothing) {
  for_all_scalars([](char32_t point) {
    const std::string once = folded(utf8(point));
    EXPECT_EQ(folded(once), once) << std::hex << uint32_t{point};
    EXPECT_TRUE(is_folded(once)) << std::hex << uint32_t{point};
    EXPECT_EQ(nfc(once), once) << std::hex << uint32_t{point};
  });
}

/// Letters, marks of several classes, Hangul, what utf8proc treats specially.
char32_t any_point(std::mt19937& random) {
  static const std::vector<char32_t> kPoints = {
      'a',     'E',     '/',    '*',    0xe4,    0xc4,   0x308,  0x301, 0x323, 0x345,  0x327,   0x1f88,
      0x3b1,   0x391,   0x1100, 0x1161, 0x11a8,  0xac00, 0xac01, 0x9c7, 0x9be, 0x1b05, 0x1b35,  0x130,
      0x131,   0x1e9e,  0xdf,   0x1e9b, 0x212a,  0x2126, 0xfb05, 0x34f, 0x5b0, 0x644,  0x1d15e, 0x1d165,
      0x110b9, 0x110ba, 0x13a0, 0xab70, 0x1e900, 0x1c4,  0x1f80, 0x3c2, 0x17f};
  return kPoints[random() % kPoints.size()];
}

TEST(Folding, EqualsUtf8procOnTextsOfAnyComposition) {
  std::mt19937 random(1);
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (size_t n = random() % 12; n > 0; --n) append_utf8(text, any_point(random));
    ASSERT_EQ(composed(text), nfc(text));
    const std::string once = folded(text);
    ASSERT_EQ(folded(nfd(text)), once);
    ASSERT_EQ(folded(nfc(text)), once);
    ASSERT_EQ(folded(once), once);
    ASSERT_EQ(nfc(once), once);
  }
}

TEST(Folding, OrdersLikeTheBytesOfFoldedTexts) {
  std::mt19937 random(2);
  for (int i = 0; i < 100'000; ++i) {
    std::string a, b;
    for (size_t n = random() % 4; n > 0; --n) append_utf8(a, any_point(random));
    for (size_t n = random() % 4; n > 0; --n) append_utf8(b, any_point(random));
    const int order = folded(a).compare(folded(b));
    const int ours = compare_without_case(a, b);
    ASSERT_EQ(order < 0, ours < 0);
    ASSERT_EQ(order == 0, ours == 0);
    ASSERT_EQ(order == 0, equal_without_case(a, b));
  }
}

TEST(Folding, BytesThatAreNotUtf8StandForThemselves) {
  EXPECT_EQ(folded("\xff\xfe"
                   "Ab\xc3"),
            "\xff\xfe"
            "ab\xc3");
  EXPECT_EQ(folded("\xff/LÖS\xed\xa0\x80"), "\xff/lös\xed\xa0\x80");
  EXPECT_FALSE(equal_without_case("\xff", "\xfe"));
  EXPECT_FALSE(equal_without_case("\xff", "\xef\xbf\xbd"));
  // Nothing composes across a byte that is no text.
  EXPECT_EQ(folded("e\xff\xcc\x81"), "e\xff\xcc\x81");
  std::mt19937 random(3);
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (size_t n = random() % 9; n > 0; --n) {
      if (random() % 2 == 0) {
        text += static_cast<char>(random());
      } else {
        append_utf8(text, any_point(random));
      }
    }
    const std::string once = folded(text);
    ASSERT_EQ(folded(once), once);
    ASSERT_LE(once.size(), 3 * text.size());
    ASSERT_TRUE(equal_without_case(text, once));
  }
}

TEST(Folding, LeavesWhatIsTooLongToItsBytes) {
  FoldBuffer buffer;
  for (const size_t size : {kMaxFoldedBytes - 2, kMaxFoldedBytes, kMaxFoldedBytes + 2, 3 * kMaxFoldedBytes}) {
    std::string text;
    while (text.size() < size) text += "Ö";
    const bool fits = text.size() <= kMaxFoldedBytes;
    EXPECT_EQ(fold_beyond_ascii(text, buffer) != text, fits) << size;
    EXPECT_EQ(folded(folded(text)), folded(text));
    EXPECT_EQ(equal_without_case(text, "A"), false);
    const std::string lower = folded("A" + text);
    EXPECT_EQ(lower[0], 'a');
  }
  // It may fit composed that is too long decomposed, and the other way round.
  std::string decomposed;
  while (decomposed.size() < kMaxFoldedBytes * 3 / 2) decomposed += "O\xcc\x88";
  EXPECT_EQ(folded(decomposed).size(), decomposed.size() * 2 / 3);
  const std::string long_ascii(3 * kMaxFoldedBytes, 'A');
  EXPECT_EQ(folded(long_ascii), std::string(3 * kMaxFoldedBytes, 'a'));
  EXPECT_TRUE(equal_without_case(long_ascii, folded(long_ascii)));
}

TEST(Folding, OrdersThirtyMarksOnOneLetterAndEndsOnAnyNumber) {
  std::string few = "a", few_in_order = "a";
  for (int i = 0; i < 15; ++i) few += "\xcc\x88\xcc\xa3";  // above, below
  for (int i = 0; i < 15; ++i) few_in_order += "\xcc\xa3";
  for (int i = 0; i < 15; ++i) few_in_order += "\xcc\x88";
  EXPECT_EQ(folded(few), folded(few_in_order));
  std::string many = "a";
  for (int i = 0; i < 1000; ++i) many += "\xcc\x88\xcc\xa3";
  EXPECT_EQ(folded(many), folded(folded(many)));
}

TEST(Folding, KnowsLettersMarksAndDigitsOfAllScripts) {
  for (const char32_t point : {U'ü', U'Ж', U'日', U'\u0308', U'٣', U'ª'})
    EXPECT_TRUE(is_word_character(point));
  for (const char32_t point : {U'–', U'€', U'\u00a0', U'«', U'\u200b', U'😀'})
    EXPECT_FALSE(is_word_character(point));
}

}  // namespace
}  // namespace abm
