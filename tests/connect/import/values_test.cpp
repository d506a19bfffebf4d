#include "connect/import/values.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace abm::connect {
namespace {

std::string number(std::string_view text, const NumberOptions& options = {}) {
  const NumberCell cell = read_number_cell(text, options);
  if (!cell.fault.empty()) return cell.fault;
  const std::string value = cell.value.has_value() ? fmt::to_string(*cell.value) : "";
  return cell.note.empty() ? value : value + " (" + cell.note + ")";
}

TEST(NumberCell, ReadsWhatExportsWrite) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"1234", "1234"},
      {"$1,234", "1234"},
      {"5.000", "5000 (its dot is taken for a mark of thousands)"},
      {"5,000", "5000"},
      {"1.234.567", "1234567"},
      {"1,234,567.50", "1234568 (it is rounded to a whole number)"},
      {"1.234.567,50", "1234568 (it is rounded to a whole number)"},
      {"1.234,5", "1235 (it is rounded to a whole number)"},
      {"1,234.00", "1234"},
      {"1 234 567", "1234567"},
      {"1\u00a0234", "1234"},
      {"1'234", "1234"},
      {"12 %", "12"},
      {"12.4%", "12 (it is rounded to a whole number)"},
      {"0.125", "0 (it is rounded to a whole number)"},
      {"1.5", "2 (it is rounded to a whole number)"},
      {"5.17E+10", "51700000000"},
      {"$5,17e+10", "51700000000"},
      {"8E+04", "80000"},
      {"1.234E+05", "123400"},
      {"1,234E+05", "123400"},
      {"1.2M", "1200000"},
      {"$1.2 million", "1200000"},
      {"3,5 Mio.", "3500000"},
      {"2 Mrd. USD", "2000000000"},
      {"US$ 5bn", "5000000000"},
      {"$5,000 USD", "5000"},
      {"$1.2M USD", "1200000"},
      {"10k", "10000"},
      {"=\"007\"", "7"},
      {" 42 ", "42"},
      {"", ""},
      {"N/A", ""},
      {"-", ""},
      {"83.000 Mitarbeiter", "83000 (its dot is taken for a mark of thousands)"},
      {"555-0100", "is no range: it ends below where it begins"},
      {"5,000 - 1,000", "is no range: it ends below where it begins"},
      {"9223372036854775807000", "is too large"},
      {"-5", "is below zero"},
      {"(5)", "is below zero"},
      {"many", "is not a number"},
      {"1.2.3", "is not a number"},
      {"1,2,3", "is not a number"},
      {"12,34.5.6", "is not a number"},
      {"1e5", "is not a number"},
      {"<50", "has no lower end"},
      {"1.200M", "may be two numbers: write it without marks of thousands"},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(number(text), want) << text;
}

TEST(NumberCell, TakesTheLowerEndOfARangeAndTells) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"1,000-5,000", "1000"},
      {"1,000 - 5,000 employees", "1000"},
      {"51–200", "51"},
      {"$1M - $5M", "1000000"},
      {"$1-5M", "1000000"},
      {"500-1K", "500"},
      {"10,001+", "10001"},
      {">1000", "1000"},
      {"$10 million to $50 million", "10000000"},
  };
  for (const auto& [text, want] : cases)
    EXPECT_EQ(number(text), std::string(want) + " (its lower end is taken)") << text;
}

TEST(NumberCell, DoesNotTakeAnotherCurrencyForDollars) {
  EXPECT_EQ(number("€5M", {.dollars = true}),
            "is in EUR, not in US dollars: 'times:' in the map converts it");
  EXPECT_EQ(number("€5M EUR", {.dollars = true}),
            "is in EUR, not in US dollars: 'times:' in the map converts it");
  EXPECT_EQ(number("$5M CAD", {.dollars = true}),
            "is in CAD, not in US dollars: 'times:' in the map converts it");
  EXPECT_EQ(number("GBP 5,000", {.dollars = true}),
            "is in GBP, not in US dollars: 'times:' in the map converts it");
  EXPECT_EQ(number("€5M", {.times = 1.1, .dollars = true}), "5500000");
  EXPECT_EQ(number("$5M", {.dollars = true}), "5000000");
}

TEST(NumberCell, CentsAreNotWorthAWordAndAShareIsNoHeadcount) {
  EXPECT_EQ(number("$1,234.50", {.dollars = true}), "1235");
  EXPECT_EQ(number("12 %", {.share = false}), "is a share, not a number");
}

TEST(NumberCell, AScoreFrom0To1IsToldWhatToDo) {
  EXPECT_EQ(number("0.87", {.whole_score = true}),
            "1 (it is rounded: 'times: 100' in the map, if the scores go from 0 to 1)");
  EXPECT_EQ(number("1", {.whole_score = true}), "1");
}

TEST(NumberCell, MultipliesAndKeepsScoresWithinTheirScale) {
  EXPECT_EQ(number("51,700,000", {.times = 1000}), "51700000000");
  EXPECT_EQ(number("0.87", {.times = 100, .whole_score = true}), "87");
  EXPECT_EQ(number("140", {.whole_score = true}),
            "is not a score from 0 to 100: 'times:' in the map converts it");
}

TEST(YesNo, ReadsSeveralLanguages) {
  for (const std::string_view text : {"TRUE", "yes", "Ja", "OUI", "Sí", "sim", "1", "x", "Wahr", "Y"})
    EXPECT_EQ(read_yes_no(text), true) << text;
  for (const std::string_view text : {"false", "No", "nein", "NON", "não", "0", "Falsch", "n"})
    EXPECT_EQ(read_yes_no(text), false) << text;
  for (const std::string_view text : {"", "maybe", "N/A", "2"})
    EXPECT_EQ(read_yes_no(text), std::nullopt) << text;
}

TEST(DateCell, ReadsDatesAndRefusesWhatMayBeTwo) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"2026-11-30", "2026-11-30"},   {"2026-11-30T10:00:00Z", "2026-11-30"},
      {"2026/11/3", "2026-11-03"},    {"30.11.2026", "2026-11-30"},
      {"3.4.2026", "2026-04-03"},     {"11/30/2026", "2026-11-30"},
      {"30/11/2026", "2026-11-30"},   {"30 Nov 2026", "2026-11-30"},
      {"Nov 30, 2026", "2026-11-30"}, {"November 3, 2026 9:15", "2026-11-03"},
      {"July 3, 2026", "2026-07-03"}, {"Sept 30, 2026", "2026-09-30"},
      {"5/5/2026", "2026-05-05"},     {"2024-02-29", "2024-02-29"},
  };
  for (const auto& [text, want] : cases)
    EXPECT_EQ(read_date_cell(text, DateOrder::kUnknown).date, want) << text;
  for (const std::string_view text : {"2026-02-29", "31.04.2026", "tomorrow", "13/13/2026", "2026", "1/2/26"})
    EXPECT_EQ(read_date_cell(text, DateOrder::kUnknown).fault, "is not a date") << text;
  EXPECT_TRUE(read_date_cell("3/4/2026", DateOrder::kUnknown).fault.starts_with("may be two dates"));
  EXPECT_EQ(read_date_cell("3/4/2026", DateOrder::kDayFirst).date, "2026-04-03");
  EXPECT_EQ(read_date_cell("3/4/2026", DateOrder::kMonthFirst).date, "2026-03-04");
}

TEST(TextCell, IsOneCleanLine) {
  EXPECT_EQ(read_text_cell("  Deere\r\n &\tCo  ", 100).text, "Deere & Co");
  EXPECT_EQ(read_text_cell("\u200bAcme\u00a0AG\u200b", 100).text, "Acme AG");
  EXPECT_EQ(read_text_cell("a\x01z", 100).text, "az");
  EXPECT_EQ(read_text_cell("a\u202ez", 100).note, "without its control characters");
  EXPECT_EQ(read_text_cell("üüü", 5).text, "üü");
  EXPECT_EQ(read_text_cell("üüü", 5).note, "cut after 4 bytes");
  EXPECT_EQ(read_text_cell("'=SUM(A1)", 100).text, "=SUM(A1)");
  EXPECT_EQ(read_text_cell("n/a", 100).text, "");
}

}  // namespace
}  // namespace abm::connect
