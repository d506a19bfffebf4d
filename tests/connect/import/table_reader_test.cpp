#include "connect/import/table_reader.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tests/connect/import/pieces.h"

namespace abm::connect {
namespace {

using Records = std::vector<std::vector<std::string>>;

struct Read {
  Records records;
  std::vector<Position> places;  ///< of each record's last field
  std::optional<TableFault> fault;
  char delimiter = 0;
};

Read read(std::string_view bytes, size_t piece = 1, TableOptions options = {}) {
  Pieces source(bytes, piece);
  TableReader reader(source, options);
  Read out;
  while (reader.next()) {
    auto& record = out.records.emplace_back();
    for (size_t i = 0; i < reader.size(); ++i) record.emplace_back(reader[i]);
    out.places.push_back(reader.position(reader.size() - 1));
  }
  out.fault = reader.fault();
  out.delimiter = reader.delimiter();
  return out;
}

TEST(TableReader, ReadsCommasSemicolonsAndTabsWithAnyLineEnd) {
  const Records want = {{"Name", "Domain", "Umsatz"}, {"Acme", "acme.com", "1.5"}, {"Größe GmbH", "", "2"}};
  for (const char delimiter : {',', ';', '\t'}) {
    for (const std::string_view end : {"\n", "\r\n", "\r"}) {
      for (const bool last : {true, false}) {
        const std::string text =
            fmt::format("Name{0}Domain{0}Umsatz{1}Acme{0}acme.com{0}1.5{1}Größe GmbH{0}{0}2{2}", delimiter,
                        end, last ? end : "");
        for (size_t piece : {size_t{1}, size_t{2}, size_t{7}, size_t{1000}}) {
          const Read got = read(text, piece);
          EXPECT_EQ(got.records, want) << text;
          EXPECT_EQ(got.delimiter, delimiter);
        }
      }
    }
  }
}

TEST(TableReader, ReadsQuotedFieldsWithLineBreaksAndDoubledQuotes) {
  const Read got = read("Name,Note\r\n\"Acme, \"\"the\"\" one\",\"first\r\nsecond\"\r\nBeta,\"\"\r\n", 3);
  EXPECT_EQ(got.records, (Records{{"Name", "Note"}, {"Acme, \"the\" one", "first\r\nsecond"}, {"Beta", ""}}));
  EXPECT_EQ(got.places[1], (Position{2, 21}));
  EXPECT_EQ(got.places[2], (Position{4, 6}));
}

TEST(TableReader, TellsLineAndColumnInCharacters) {
  const Read got = read("Größe,x\nMüller & Söhne,yy\n\n東京,z\n");
  ASSERT_EQ(got.places.size(), 3u);
  EXPECT_EQ(got.places[0], (Position{1, 7}));
  EXPECT_EQ(got.places[1], (Position{2, 16}));
  EXPECT_EQ(got.places[2], (Position{4, 4}));
}

TEST(TableReader, TakesTheDelimiterThatMostRecordsAgreeOn) {
  EXPECT_EQ(read("Company;Revenue, in thousands;City\nAcme;1,000;Bonn\nBeta;2,5;Ulm\n").delimiter, ';');
  EXPECT_EQ(read("Name,Domain\n\"Semi; colon; inside\",a.com\n").delimiter, ',');
  EXPECT_EQ(read("sep=;\nName;Domain\nAcme;a.com\n").records.size(), 2u);
  EXPECT_EQ(read("Report of today, by Anna\nName\tDomain\nAcme\ta.com\nBeta\tb.com\n").delimiter, '\t');
}

TEST(TableReader, KeepsAQuoteThatIsNotWrittenTwice) {
  const Read got = read("Name,City\n\"The \"Best\" Inc\",Ulm\n", 1);
  EXPECT_EQ(got.records, (Records{{"Name", "City"}, {"The \"Best\" Inc", "Ulm"}}));
}

TEST(TableReader, RefusesAQuoteThatNeverEndsWhereItBegins) {
  const Read got = read("Name,City\nAcme,\"Ulm\nBeta,Bonn\nGamma,Köln\n");
  ASSERT_TRUE(got.fault.has_value());
  EXPECT_EQ(got.fault->at, (Position{2, 6}));
  EXPECT_TRUE(got.fault->message.starts_with("a quoted field that begins here does not end"));
  EXPECT_EQ(got.records.size(), 1u);
}

TEST(TableReader, KeepsWithinItsLimits) {
  TableOptions options;
  options.limits = {.columns = 3, .field_bytes = 10, .record_bytes = 100};
  EXPECT_EQ(read("a,b,c,d\n", 1, options).fault->message, "more than 3 columns");
  EXPECT_EQ(read("a,b\nxxxxxxxxxxxx,1\n", 1, options).fault->at, (Position{2, 1}));
  EXPECT_TRUE(read("a,b\n\"" + std::string(200'000, 'x'), 1000, options).fault.has_value());
  EXPECT_TRUE(read(std::string(200'000, 'x'), 1000, options).fault.has_value());
}

TEST(TableReader, GivesTheSameForAnyCut) {
  std::mt19937 random(7);
  constexpr std::string_view kLetters = "a,;\"\n\r\t ü=";
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (auto i = random() % 60; i > 0; --i) {
      const size_t at = random() % kLetters.size();
      text +=
          static_cast<unsigned char>(kLetters[at]) < 0x80 ? std::string(1, kLetters[at]) : std::string("ü");
    }
    const Read whole = read(text, 1000);
    for (size_t piece : {size_t{1}, size_t{2}, size_t{5}}) {
      const Read cut = read(text, piece);
      ASSERT_EQ(cut.records, whole.records) << text;
      ASSERT_EQ(cut.places, whole.places) << text;
      ASSERT_EQ(cut.fault.has_value(), whole.fault.has_value()) << text;
    }
  }
}

}  // namespace
}  // namespace abm::connect
