#include "ipdb/csv.h"

#include <gtest/gtest.h>

namespace abm::ipdb {
namespace {

std::vector<std::vector<std::string>> records(std::string_view bytes, Diagnostics& diagnostics,
                                              CsvReader::Limits limits = {}) {
  CsvReader csv(bytes, "x.csv", limits, diagnostics);
  std::vector<std::vector<std::string>> all;
  while (csv.next()) {
    auto& record = all.emplace_back();
    for (size_t i = 0; i < csv.size(); ++i) record.emplace_back(csv[i]);
  }
  return all;
}

using Records = std::vector<std::vector<std::string>>;

TEST(CsvReader, ReadsQuotedFieldsWithCommasAndDoubledQuotes) {
  Diagnostics d;
  EXPECT_EQ(records("1.0.0.0,\"Cloudflare, Inc.\"\n2,\"LLC \"\"SPUTNIK\"\"\",x\n3,\"\"\"\",\"\"\n", d),
            (Records{{"1.0.0.0", "Cloudflare, Inc."}, {"2", "LLC \"SPUTNIK\"", "x"}, {"3", "\"", ""}}));
  EXPECT_TRUE(d.ok()) << d.format();
}

TEST(CsvReader, SkipsBlankLinesCommentsByteOrderMarkAndBlanksAroundFields) {
  Diagnostics d;
  EXPECT_EQ(records("\xef\xbb\xbf# made by hand\r\n\r\n  \t\n a , b\t,\"c\" \r\nlast,", d),
            (Records{{"a", "b", "c"}, {"last", ""}}));
  EXPECT_TRUE(d.ok()) << d.format();
}

TEST(CsvReader, LinesEndWithLfCrlfOrCrOfWhichAFileMayHaveAll) {
  Diagnostics d;
  EXPECT_EQ(records("a,1\rb,2\r\nc,3\n\rd,4\r", d),
            (Records{{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}}));
  EXPECT_EQ(records("\r\r\"x\r\n", d).size(), 0u);
  ASSERT_EQ(d.errors(), 1u);
  EXPECT_EQ(d.all()[0].at, (Position{3, 1}));
}

TEST(CsvReader, AFileOfCarriageReturnsAloneTakesLinearTime) {
  std::string bytes;
  for (int i = 0; i < 400'000; ++i) bytes += "192.0.2.0/24,deere\r";
  Diagnostics d;
  EXPECT_EQ(records(bytes, d).size(), 400'000u);
}

TEST(CsvReader, ReadsUtf16AsSpreadsheetsSaveIt) {
  const auto utf16 = [](std::string_view ascii, std::string_view mark) {
    std::string bytes(mark);
    for (const char c : ascii) bytes += c, bytes += '\0';
    return bytes;
  };
  for (const char* mark : {"\xff\xfe", ""}) {
    Diagnostics d;
    EXPECT_EQ(records(utf16("network,account_id\r\n192.0.2.0/24,deere\r\n", mark), d),
              (Records{{"network", "account_id"}, {"192.0.2.0/24", "deere"}}));
    EXPECT_EQ(records(utf16("a,1\n\"b,2\n", mark), d), (Records{{"a", "1"}}));
    ASSERT_EQ(d.errors(), 1u);
    EXPECT_EQ(d.all()[0].at, (Position{2, 1}));
    EXPECT_EQ(d.all()[0].source_line, "\"b,2");
  }
  Diagnostics of_a_byte;
  EXPECT_TRUE(records("ok,1\n192.0.2.0/24,caf\xe9\n", of_a_byte).size() == 1);
  EXPECT_NE(of_a_byte.format().find("x.csv:2:17: text that is neither UTF-8 nor UTF-16"), std::string::npos)
      << of_a_byte.format();
  Diagnostics d;
  EXPECT_TRUE(records(std::string_view("\xff\xfe\0\xd8", 4), d).empty());
  EXPECT_NE(d.format().find("x.csv:1:1: text that is neither UTF-8 nor UTF-16"), std::string::npos)
      << d.format();
}

TEST(CsvReader, InvisibleCharactersAroundFieldsAreBlanksAndThoseInsideAreNamed) {
  Diagnostics d;
  EXPECT_EQ(records("\xc2\xa0"
                    "a\xe2\x80\x8b,\xef\xbb\xbf \"b\"\xc2\xa0,c\n\xc2\xa0\n\xe2\x80\x8b# note\n",
                    d),
            (Records{{"a", "b", "c"}}));
  EXPECT_TRUE(d.ok()) << d.format();
  CsvReader csv(
      "x,de\xe2\x80\x8b"
      "ere\n",
      "x.csv", {}, d);
  ASSERT_TRUE(csv.next());
  csv.error(1, "no such account");
  csv.warning(0, "odd");
  EXPECT_EQ(d.all()[0].message,
            "no such account; it holds an invisible U+200B (zero width space) after 'de': delete it");
  EXPECT_EQ(d.all()[1].message, "odd");
}

TEST(CsvReader, SaysLineAndColumnOfEveryFaultAtOnce) {
  Diagnostics d;
  EXPECT_EQ(records("ok,1\nä,\"open\n\"x\"y,2\n\xff,3\nok,4\n", d), (Records{{"ok", "1"}, {"ok", "4"}}));
  ASSERT_EQ(d.errors(), 3u);
  EXPECT_EQ(d.all()[0].at, (Position{2, 3}));  // code points, not bytes
  EXPECT_EQ(d.all()[1].at, (Position{3, 4}));
  EXPECT_EQ(d.all()[2].at.line, 4u);
}

TEST(CsvReader, LimitsLinesAndTheirLength) {
  Diagnostics d;
  EXPECT_EQ(records("aaaaaaaaaaa\nb\nc\nd\n", d, {.max_line_bytes = 10, .max_lines = 3}),
            (Records{{"b"}, {"c"}}));
  ASSERT_EQ(d.errors(), 2u);
  EXPECT_EQ(d.all()[0].at.line, 1u);
  EXPECT_NE(d.all()[1].message.find("more than 3 lines"), std::string::npos);
}

TEST(CsvReader, StopsAfterAHundredErrors) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += "\"\n";
  Diagnostics d;
  EXPECT_TRUE(records(bytes, d).empty());
  EXPECT_EQ(d.errors(), CsvReader::kMaxErrors + 1);
}

}  // namespace
}  // namespace abm::ipdb
