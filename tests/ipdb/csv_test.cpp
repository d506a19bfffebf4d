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
