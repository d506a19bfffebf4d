// Moments and money of opportunities.
#include <gtest/gtest.h>

#include "connect/import/moments.h"
#include "connect/import/money.h"

namespace abm::connect {
namespace {

constexpr int64_t kDay = 86'400'000;
constexpr int64_t kNov30 = 1'795'996'800'000;  // date -u -d 2026-11-30 +%s000

MomentCell moment(std::string_view text, DateOrder order = DateOrder::kUnknown) {
  return read_moment_cell(text, order);
}

TEST(MomentCell, ReadsDaysAsTheirFirstMomentInUtc) {
  for (const char* text : {"2026-11-30", "30.11.2026", "30/11/2026", "11/30/2026", "Nov 30, 2026",
                           "30 November 2026", "20261130", " 2026/11/30 "}) {
    const MomentCell cell = moment(text);
    EXPECT_EQ(cell.ms, kNov30) << text << cell.fault;
    EXPECT_TRUE(cell.day_only) << text;
    EXPECT_FALSE(cell.month_first.has_value()) << text;
  }
}

TEST(MomentCell, ReadsTimesWithTheirOffsets) {
  EXPECT_EQ(moment("2026-11-30T10:20:30.123Z").ms, kNov30 + 37'230'123);
  EXPECT_EQ(moment("2026-11-30T10:20:30.000+0000").ms, kNov30 + 37'230'000);
  EXPECT_EQ(moment("2026-11-30T01:00:00+02:00").ms, kNov30 - 3'600'000);
  EXPECT_EQ(moment("2026-11-29T20:00:00.000-0400").ms, kNov30);
  EXPECT_EQ(moment("11/30/2026, 1:05 PM").ms, kNov30 + 47'100'000);
  EXPECT_EQ(moment("30.11.2026 12:05 am").ms, kNov30 + 300'000);
  EXPECT_TRUE(moment("2026-11-30 10:20").zoneless);
  EXPECT_FALSE(moment("2026-11-30T10:20Z").zoneless);
  EXPECT_FALSE(moment("2026-11-30").zoneless);
}

TEST(MomentCell, KnowsTheUsualZonesByTheirNames) {
  constexpr int64_t kNine = kNov30 + 9 * 3'600'000, kHour = 3'600'000;
  const std::pair<const char*, int64_t> kCells[] = {{"2026-11-30 09:00 EST", 5},
                                                    {"2026-11-30 09:00 edt", 4},
                                                    {"11/30/2026 9:00 AM PST", 8},
                                                    {"2026-11-30 09:00 CET", -1},
                                                    {"2026-11-30 09:00 CEST", -2},
                                                    {"30.11.2026 09:00 MESZ", -2},
                                                    {"2026-11-30 09:00 GMT+2", -2},
                                                    {"2026-11-30 09:00 UTC-05:00", 5},
                                                    {"2026-11-30 09:00:00 GMT+0100 (CET)", -1},
                                                    {"2026-11-30T09:00:00\u221205:00", 5},
                                                    {"2026-11-30 09:00 \u20130500", 5},
                                                    {"2026-11-30 09:00 Z", 0}};
  for (const auto& [text, west] : kCells) {
    EXPECT_EQ(moment(text).ms, kNine + west * kHour) << text << moment(text).fault;
    EXPECT_FALSE(moment(text).zoneless) << text;
  }
  EXPECT_TRUE(moment("30.11.2026 09:00 Uhr").zoneless);
  for (const char* text : {"2026-11-30 09:00 IST", "2026-11-30 09:00 Europe/Berlin",
                           "2026-11-30 09:00 +25:00", "2026-11-30 09:00 p.m."}) {
    EXPECT_FALSE(moment(text).ms.has_value()) << text;
    EXPECT_NE(moment(text).fault.find("time zone that is not known"), std::string::npos) << text;
  }
}

TEST(MomentCell, ReadsUnixTimes) {
  EXPECT_EQ(moment("1795996800000").ms, kNov30);
  EXPECT_EQ(moment("1795996800").ms, kNov30);
  EXPECT_FALSE(moment("46356").ms.has_value());  // a spreadsheet's number of a day
  EXPECT_FALSE(moment("99999999999999").ms.has_value());
}

TEST(MomentCell, TellsThatADateMayBeTwo) {
  const MomentCell cell = moment("3/4/2026");
  ASSERT_TRUE(cell.month_first.has_value());
  EXPECT_EQ(*cell.ms - *cell.month_first, 28 * kDay + 3 * kDay - kDay + 0);  // 3 April, 4 March
  EXPECT_EQ(moment("3/4/2026", DateOrder::kMonthFirst).ms, cell.month_first);
  EXPECT_EQ(moment("3/4/2026", DateOrder::kDayFirst).ms, cell.ms);
  EXPECT_FALSE(moment("3/3/2026").month_first.has_value());
  EXPECT_FALSE(moment("3.4.2026").month_first.has_value());
  EXPECT_EQ(moment("13/4/2026").order, DateOrder::kDayFirst);
  EXPECT_EQ(moment("4/13/2026").order, DateOrder::kMonthFirst);
  EXPECT_NE(moment("4/13/2026", DateOrder::kDayFirst).fault, "");
}

TEST(MomentCell, RefusesWhatIsNone) {
  for (const char* text : {"soon", "2026-13-01", "2026-02-29", "11/30/26", "2026-11-30T25:00:00Z",
                           "2026-11-30 9:61", "13:00", "1.7E+12", "-1", "2026-11-30 0:05 pm"}) {
    EXPECT_FALSE(moment(text).ms.has_value()) << text;
    EXPECT_NE(moment(text).fault, "") << text;
  }
  EXPECT_FALSE(moment("").ms.has_value());
  EXPECT_EQ(moment("N/A").fault, "");
}

TEST(MoneyCell, KeepsFractions) {
  EXPECT_EQ(read_money_cell("$1,234.50", 1, false).value, 1234.5);
  EXPECT_EQ(read_money_cell("1.234,50 €", 1, false).value, 1234.5);
  EXPECT_EQ(read_money_cell("EUR 1 234,5", 1, false).value, 1234.5);
  EXPECT_EQ(read_money_cell("1'234.50", 1, false).value, 1234.5);
  EXPECT_EQ(read_money_cell("0.01", 1, false).value, 0.01);
  EXPECT_EQ(read_money_cell("1.5M", 1, false).value, 1'500'000.0);
  EXPECT_EQ(read_money_cell("12", 1000, false).value, 12'000.0);
  EXPECT_EQ(read_money_cell("0", 1, false).value, 0.0);
  EXPECT_FALSE(read_money_cell("", 1, false).value.has_value());
  EXPECT_EQ(read_money_cell("", 1, false).fault, "");
}

TEST(MoneyCell, ReadsTheCurrency) {
  EXPECT_EQ(read_money_cell("1.234,50 €", 1, false).currency, "EUR");
  EXPECT_EQ(read_money_cell("USD 5", 1, false).currency, "USD");
  EXPECT_FALSE(read_money_cell("USD 5", 1, false).loose);
  EXPECT_EQ(read_money_cell("$5", 1, false).currency, "USD");
  EXPECT_TRUE(read_money_cell("$5", 1, false).loose);
  EXPECT_EQ(read_money_cell("kr 5", 1, false).currency, "");  // of several countries
  EXPECT_EQ(read_money_cell("CAD 5", 1, false).currency, "CAD");
  EXPECT_EQ(currency_of("eur"), "EUR");
  EXPECT_EQ(currency_of("€"), "EUR");
  EXPECT_EQ(currency_of("USD - U.S. Dollar"), "USD");
  EXPECT_EQ(currency_of("12"), "");
  EXPECT_EQ(header_currency("amount (eur)").key, "amount");
  EXPECT_EQ(header_currency("amount (eur)").currency, "EUR");
  EXPECT_EQ(header_currency("betrag in €").key, "betrag");
  EXPECT_EQ(header_currency("amount (arr)").key, "amount (arr)");
  EXPECT_EQ(header_currency("amount (arr)").currency, "");
}

TEST(MoneyCell, ReadsPowersOfTen) {
  for (const char* text : {"1.235E+05", "1,235E+05", "1.235e5", "$1.235E+05", "1.235E+05 EUR"}) {
    EXPECT_EQ(read_money_cell(text, 1, false).value, 123'500.0)
        << text << read_money_cell(text, 1, false).fault;
    EXPECT_EQ(read_money_cell(text, 1, false).either, 0) << text;
  }
  EXPECT_EQ(read_money_cell("1.5E+05", 1, false).value, 150'000.0);
  EXPECT_EQ(read_money_cell("1E+05", 1, false).value, 100'000.0);
  EXPECT_EQ(read_money_cell("1.0E7", 1, false).value, 10'000'000.0);
  EXPECT_TRUE(read_money_cell("1.235E+05", 1, false).power);
  EXPECT_FALSE(read_money_cell("12 Euro", 1, false).power);
  EXPECT_FALSE(read_money_cell("1.235", 1, false).power);
}

TEST(MoneyCell, KnowsWhatASignMayMean) {
  EXPECT_TRUE(is_loose_sign("$"));
  EXPECT_FALSE(is_loose_sign("US$"));
  EXPECT_FALSE(is_loose_sign("€"));
  EXPECT_TRUE(header_currency("amount ($)").loose);
  EXPECT_FALSE(header_currency("amount (usd)").loose);
  EXPECT_TRUE(sign_may_be("USD", "SGD"));
  EXPECT_TRUE(sign_may_be("JPY", "CNY"));
  EXPECT_FALSE(sign_may_be("USD", "EUR"));
  EXPECT_FALSE(sign_may_be("USD", "JPY"));
}

TEST(MoneyCell, TellsThatAMarkMayBeTwo) {
  EXPECT_EQ(read_money_cell("5.000", 1, false).either, '.');
  EXPECT_EQ(read_money_cell("5,000", 1, false).either, ',');
  EXPECT_EQ(read_money_cell("5.000", 1, false).value, 5000.0);
  EXPECT_EQ(read_money_cell("5.00", 1, false).decimal, '.');
  EXPECT_EQ(read_money_cell("1.234.567", 1, false).thousands, '.');
  EXPECT_EQ(read_money_cell("1.234,5", 1, false).thousands, '.');
  EXPECT_EQ(read_money_cell("123.456", 1, true).value, 123.456);  // a program's
  EXPECT_EQ(read_money_cell("1.5e3", 1, true).value, 1500.0);
}

TEST(MoneyCell, RefusesWhatIsNone) {
  for (const char* text : {"-5", "(1,234)", "5-", "−5", "$-5", "much", "1e400", "nan", "inf", "1.2.3,4,5",
                           "9e30", "99999999999999999999"}) {
    for (const bool plain : {false, true}) {
      EXPECT_FALSE(read_money_cell(text, 1, plain).value.has_value()) << text;
      EXPECT_NE(read_money_cell(text, 1, plain).fault, "") << text;
    }
  }
  EXPECT_EQ(read_money_cell("-5", 1, true).fault, "is below zero");
}

}  // namespace
}  // namespace abm::connect
