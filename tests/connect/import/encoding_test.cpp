#include "connect/import/encoding.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/text.h"

namespace abm::connect {
namespace {

using namespace std::string_view_literals;

Encoding scanned(std::string_view bytes, size_t piece = 1) {
  EncodingScan scan;
  for (size_t at = 0; at < bytes.size(); at += piece) scan.update(bytes.substr(at, piece));
  return scan.finish();
}

std::string decoded(std::string_view bytes, Encoding encoding, size_t piece) {
  TextDecoder decoder(encoding);
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += piece) decoder.decode(bytes.substr(at, piece), false, out);
  decoder.decode({}, true, out);
  return out;
}

std::string utf16(std::u16string_view text, bool big, bool mark) {
  std::string out;
  const auto put = [&](char16_t unit) {
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xff);
    out += big ? high : low;
    out += big ? low : high;
  };
  if (mark) put(0xfeff);
  for (const char16_t unit : text) put(unit);
  return out;
}

TEST(EncodingScan, TellsEachEncodingHoweverTheFileIsCut) {
  for (size_t piece = 1; piece < 8; ++piece) {
    EXPECT_EQ(scanned("Name,Land\nAcme,Deutschland\n", piece), Encoding::kUtf8);
    EXPECT_EQ(scanned("Name\nMüller 東京\n", piece), Encoding::kUtf8);
    EXPECT_EQ(scanned("\xef\xbb\xbfName\n", piece), Encoding::kUtf8);
    EXPECT_EQ(scanned("Name\nM\xfcller\nSoci\xe9t\xe9\n", piece), Encoding::kWindows1252);
    EXPECT_EQ(scanned(utf16(u"Name\tLand\n", false, true), piece), Encoding::kUtf16Le);
    EXPECT_EQ(scanned(utf16(u"Name\tLand\n", true, true), piece), Encoding::kUtf16Be);
    EXPECT_EQ(scanned(utf16(u"Name\tLand\n", false, false), piece), Encoding::kUtf16Le);
    EXPECT_EQ(scanned(utf16(u"Name\tLand\n", true, false), piece), Encoding::kUtf16Be);
  }
  EXPECT_EQ(scanned(""), Encoding::kUtf8);
}

TEST(EncodingScan, OneDamagedByteDoesNotMakeAFileWindows1252) {
  EXPECT_EQ(scanned("Müller, Jäger, Straße, \xff"), Encoding::kUtf8);
}

TEST(TextDecoder, GivesTheSameTextForAnyCut) {
  const std::string utf8 = "Name\nMüller 東京 😀\n";
  for (size_t piece = 1; piece < 40; ++piece) {
    EXPECT_EQ(decoded(utf8, Encoding::kUtf8, piece), utf8);
    EXPECT_EQ(decoded("\xef\xbb\xbf" + utf8, Encoding::kUtf8, piece), utf8) << piece;
    for (const bool big : {false, true}) {
      const auto encoding = big ? Encoding::kUtf16Be : Encoding::kUtf16Le;
      EXPECT_EQ(decoded(utf16(u"Name\nMüller 東京 😀\n", big, true), encoding, piece), utf8);
    }
    EXPECT_EQ(decoded("M\xfcller \x80\n", Encoding::kWindows1252, piece), "Müller €\n");
  }
}

TEST(TextDecoder, PutsAReplacementWhereThereIsNoCharacter) {
  for (size_t piece = 1; piece < 6; ++piece) {
    EXPECT_EQ(decoded("a\xff"
                      "b",
                      Encoding::kUtf8, piece),
              "a\xef\xbf\xbd"
              "b");
    EXPECT_EQ(decoded("a\xe2\x82", Encoding::kUtf8, piece).substr(0, 4), "a\xef\xbf\xbd");
    EXPECT_EQ(decoded("a\0\x3d\xd8"sv, Encoding::kUtf16Le, piece), "a\xef\xbf\xbd");
    EXPECT_EQ(decoded("a\0b"sv, Encoding::kUtf16Le, piece), "a\xef\xbf\xbd");
    EXPECT_EQ(decoded("\x81", Encoding::kWindows1252, piece), "\xef\xbf\xbd");
  }
}

TEST(TextDecoder, AlwaysGivesUtf8) {
  std::string bytes;
  for (int i = 0; i < 4096; ++i) bytes += static_cast<char>(i * 2654435761u >> 13);
  for (const Encoding encoding :
       {Encoding::kUtf8, Encoding::kUtf16Le, Encoding::kUtf16Be, Encoding::kWindows1252}) {
    for (const size_t piece : {size_t{1}, size_t{3}, size_t{7}, size_t{5000}})
      EXPECT_TRUE(is_utf8(decoded(bytes, encoding, piece)));
  }
}

}  // namespace
}  // namespace abm::connect
