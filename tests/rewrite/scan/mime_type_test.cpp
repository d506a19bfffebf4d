// Content-Type values as servers write them, read as browsers read them.
#include "rewrite/scan/mime_type.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace abm::rewrite {
namespace {

struct Read {
  bool is_type = false;
  std::string essence;
  bool has_charset = false;
  std::string charset;
};

Read read_type(std::string_view text) {
  std::array<char, kMaxMimeCharset> room;
  const auto mime = parse_mime_type(text, room);
  if (!mime) return {};
  return {true, std::string(mime->essence), mime->charset.data() != nullptr, std::string(mime->charset)};
}

TEST(MimeType, IsReadAsTheStandardSays) {
  const struct {
    std::string_view text, essence, charset;
    bool has_charset = true;
  } cases[] = {
      {"text/html", "text/html", "", false},
      {"text/html; charset=utf-8", "text/html", "utf-8"},
      {"text/html; charset=utf-8;", "text/html", "utf-8"},
      {"text/html;charset=utf-8;;", "text/html", "utf-8"},
      {"text/html; charset=utf-8; version=5", "text/html", "utf-8"},
      {"text/html; version=5; charset=utf-8", "text/html", "utf-8"},
      {" \tTEXT/HTML ;\t CHARSET=UTF-8 ", "TEXT/HTML", "UTF-8"},
      {"text/html; charset=\"utf-8\"", "text/html", "utf-8"},
      {"text/html; charset=\"utf-8\" ; x=y", "text/html", "utf-8"},
      {"text/html; charset=\"ut\\f-8\"", "text/html", "utf-8"},
      {"text/html; charset=\"utf-8", "text/html", "utf-8"},
      {"text/html; charset=\"utf-8\\", "text/html", "utf-8\\"},
      {"text/html; charset=\"utf-8\"x", "text/html", "utf-8"},
      {"text/html; charset=\"a;charset=b\"; charset=c", "text/html", "a;charset=b"},
      {"text/html; x=\"; charset=utf-16\"; charset=utf-8", "text/html", "utf-8"},
      {"text/html; charset=utf-8; charset=utf-16", "text/html", "utf-8"},
      {"text/html; charset=; charset=utf-8", "text/html", "utf-8"},
      {"text/html; charset; charset=utf-8", "text/html", "utf-8"},
      {"text/html; charset=\x01; charset=utf-8", "text/html", "utf-8"},
      {"text/html; charset=\"\x7f\"; charset=utf-8", "text/html", "utf-8"},
      {"text/html; charset=\"\"; charset=utf-8", "text/html", ""},
      {"text/html; charset= utf-8", "text/html", " utf-8"},
      {"text/html; charset='utf-8'", "text/html", "'utf-8'"},
      {"text/html; charset =utf-8", "text/html", "", false},
      {"text/html; xcharset=utf-8", "text/html", "", false},
      {"text/html; charset=", "text/html", "", false},
      {"text/html; charset", "text/html", "", false},
      {"text/html;", "text/html", "", false},
  };
  for (const auto& wanted : cases) {
    const Read got = read_type(wanted.text);
    EXPECT_TRUE(got.is_type) << wanted.text;
    EXPECT_EQ(got.essence, wanted.essence) << wanted.text;
    EXPECT_EQ(got.has_charset, wanted.has_charset) << wanted.text;
    EXPECT_EQ(got.charset, wanted.charset) << wanted.text;
  }
}

TEST(MimeType, IsNoneWhereBrowsersSeeNone) {
  for (const std::string_view text : {"", " ", "/", "text", "text/", "/html", "text/;", "te xt/html",
                                      "text /html", "text/ html", "text/html, text/html; charset=utf-8",
                                      "text/ht\"ml", "text/html x; charset=utf-8", ";charset=utf-8"}) {
    EXPECT_FALSE(read_type(text).is_type) << text;
  }
}

TEST(MimeType, SurvivesEveryTruncationAndEveryByte) {
  const std::string text = "text/html; x=\"\\\"; charset=utf-16\";charset=\"ut\\f-8\" ;y";
  for (size_t size = 0; size <= text.size(); ++size) read_type(text.substr(0, size));
  for (size_t at = 0; at < text.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = text;
      changed[at] = static_cast<char>(byte);
      EXPECT_LE(read_type(changed).charset.size(), text.size());
    }
  }
}

TEST(MimeType, NamesNoEncodingWhereTheCharsetIsTooLong) {
  for (const std::string& filler : {std::string(kMaxMimeCharset, ' '), std::string(5000, 'x')}) {
    const Read got = read_type("text/html; charset=\"utf-8" + filler + "x\"");
    EXPECT_EQ(charset_of_parameter(got.charset), Charset::kUnsupported);
  }
}

TEST(CharsetOfParameter, IsTheLabelWithoutBlanks) {
  EXPECT_EQ(charset_of_parameter(" UTF-8\t"), Charset::kUtf8);
  EXPECT_EQ(charset_of_parameter("latin1"), Charset::kSingleByte);
  EXPECT_EQ(charset_of_parameter(""), Charset::kUnlabelled);
  EXPECT_EQ(charset_of_parameter("'utf-8'"), Charset::kUnsupported);
  EXPECT_EQ(charset_of_parameter("\"utf-8"), Charset::kUnsupported);
  EXPECT_EQ(charset_of_parameter("utf-8;"), Charset::kUnsupported);
  EXPECT_EQ(charset_of_parameter("utf-16"), Charset::kUnsupported);
}

}  // namespace
}  // namespace abm::rewrite
