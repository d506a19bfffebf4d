// Which days a review is about.
#include "measure/review/days.h"

#include <gmock/gmock.h>

#include <array>

#include "tests/measure/engagement/engagement_testing.h"

namespace abm::measure {
namespace {

using testing::day;
using ::testing::HasSubstr;

TEST(ReviewDays, AreTheLastSevenWithoutAWeek) {
  const auto days = review_days("", day("2026-11-25"));
  ASSERT_TRUE(days.ok()) << days.message();
  EXPECT_EQ(to_string(days->first()), "2026-11-19");
  EXPECT_EQ(to_string(days->until), "2026-11-25");
  EXPECT_EQ(to_string(days->before), "2026-11-18");
  EXPECT_EQ(days->count(), 7);
  EXPECT_TRUE(days->over);
  EXPECT_EQ(days->week, "");
}

TEST(ReviewDays, OfAWeekAreThoseOfIso8601) {
  // The first and the last days of years are where calendars differ (ISO 8601; Python's date.isocalendar()).
  const std::vector<std::pair<std::string, std::string>> mondays = {
      {"2026-W48", "2026-11-23"}, {"2026-W01", "2025-12-29"}, {"2025-W01", "2024-12-30"},
      {"2020-W53", "2020-12-28"}, {"2021-W01", "2021-01-04"}, {"2026-w09", "2026-02-23"},
      {"2024-W09", "2024-02-26"}, {"1971-W01", "1971-01-04"}};
  for (const auto& [week, monday] : mondays) {
    const auto days = review_days(week, day("2027-01-01"));
    ASSERT_TRUE(days.ok()) << days.message();
    EXPECT_EQ(to_string(days->first()), monday) << week;
    EXPECT_EQ(days->count(), 7) << week;
    EXPECT_EQ(days->week, week.substr(0, 5) + "W" + week.substr(6));
    EXPECT_TRUE(days->over);
  }
}

TEST(ReviewDays, OfTheLastWeekAreThoseOfTheOneThatIsOver) {
  // As Python's date.isocalendar() names them.
  const std::vector<std::array<std::string, 3>> weeks = {
      {"2026-11-29", "2026-W47", "2026-11-22"}, {"2026-11-30", "2026-W48", "2026-11-29"},
      {"2027-01-04", "2026-W53", "2027-01-03"}, {"2025-01-06", "2025-W01", "2025-01-05"},
      {"2025-01-05", "2024-W52", "2024-12-29"}, {"2022-01-03", "2021-W52", "2022-01-02"}};
  for (const auto& [today, week, until] : weeks) {
    const auto days = review_days("last", day(today));
    ASSERT_TRUE(days.ok()) << days.message();
    EXPECT_EQ(days->week, week) << today;
    EXPECT_EQ(to_string(days->until), until);
    EXPECT_EQ(days->count(), 7);
    EXPECT_TRUE(days->over);
  }
}

TEST(ReviewDays, OfAWeekThatIsNotOverEndToday) {
  const auto days = review_days("2026-W48", day("2026-11-25"));
  ASSERT_TRUE(days.ok()) << days.message();
  EXPECT_FALSE(days->over);
  EXPECT_EQ(days->count(), 3);
  EXPECT_EQ(to_string(days->until), "2026-11-25");
  EXPECT_EQ(to_string(days->before), "2026-11-22");
  const auto sunday = review_days("2026-W48", day("2026-11-29"));
  EXPECT_EQ(sunday->count(), 7);
  EXPECT_FALSE(sunday->over);
}

TEST(ReviewDays, RefuseWhatIsNoWeek) {
  for (const char* week : {"2026-48", "2026-W00", "2026-W54", "2021-W53", "2026W48", "2026-W4", "2026-W+8",
                           "2026-W480", "1969-W01", "-026-W01", "week", "2026-W4x"}) {
    const auto days = review_days(week, day("2027-01-01"));
    ASSERT_FALSE(days.ok()) << week;
    EXPECT_THAT(days.message(), HasSubstr("is not a week such as 2026-W48")) << week;
  }
  const auto future = review_days("2026-W49", day("2026-11-29"));
  ASSERT_FALSE(future.ok());
  EXPECT_THAT(future.message(), HasSubstr("begins on 2026-11-30: it has not begun yet"));
}

}  // namespace
}  // namespace abm::measure
