#include "rules/read/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace abm::rules {
namespace {

using testing::HasSubstr;

int64_t seconds(const char* text, const char* zone = "America/Chicago") {
  const auto time = read_time(text, zone);
  EXPECT_TRUE(time) << (time ? "" : time.message());
  return time ? *time : -1;
}

std::string fault(const char* text, const char* zone = "America/Chicago") {
  const auto time = read_time(text, zone);
  return time ? "accepted" : time.message();
}

TEST(Schedule, AnOffsetBeatsTheZone) {
  EXPECT_EQ(seconds("2026-11-22T03:33:20Z"), 1795318400);
  EXPECT_EQ(seconds("2026-11-22T04:33:20+01:00"), 1795318400);
  EXPECT_EQ(seconds("2026-11-21T21:33:20-06:00", ""), 1795318400);
}

TEST(Schedule, LocalTimesFollowTheZoneThroughTheYear) {
  EXPECT_EQ(seconds("2026-11-21T21:33:20"), 1795318400);
  EXPECT_EQ(seconds("2026-11-21T21:33"), 1795318380);
  EXPECT_EQ(seconds("2026-07-01") - seconds("2026-07-01T00:00:00Z"), 5 * 3600);
  EXPECT_EQ(seconds("2026-12-01") - seconds("2026-12-01T00:00:00Z"), 6 * 3600);
}

TEST(Schedule, IsExactAroundTheClockChange) {
  // Chicago, 2026-03-08: 01:59:59 CST is followed by 03:00:00 CDT.
  EXPECT_EQ(seconds("2026-03-08T03:00:00") - seconds("2026-03-08T01:59:59"), 1);
  EXPECT_THAT(fault("2026-03-08T02:00:00"), HasSubstr("does not exist"));
  EXPECT_THAT(fault("2026-03-08T02:59:59"), HasSubstr("-06:00 to -05:00"));
  // 2026-11-01: 01:59:59 CDT is followed by 01:00:00 CST.
  EXPECT_THAT(fault("2026-11-01T01:00:00"), HasSubstr("happens twice"));
  EXPECT_THAT(fault("2026-11-01T01:59:59"), HasSubstr("-05:00 for the first or -06:00"));
  EXPECT_EQ(seconds("2026-11-01T02:00:00") - seconds("2026-11-01T00:59:59"), 2 * 3600 + 1);
}

TEST(Schedule, TakesAnOffsetBehindMinutes) {
  EXPECT_EQ(seconds("2026-11-22T03:33Z", ""), 1795318380);
  EXPECT_EQ(seconds("2026-11-22T04:33+01:00"), 1795318380);
}

TEST(Schedule, ADateWhoseMidnightIsSkippedBeginsWhenTheClocksSkipIt) {
  // Santiago, 2026-09-06: 23:59:59 -04 is followed by 01:00:00 -03.
  EXPECT_EQ(seconds("2026-09-06", "America/Santiago"), seconds("2026-09-06T04:00:00Z"));
  EXPECT_EQ(seconds("2026-09-06", "America/Santiago"), seconds("2026-09-06T01:00", "America/Santiago"));
  EXPECT_THAT(fault("2026-09-06T00:00", "America/Santiago"), HasSubstr("does not exist"));
  // Toronto, 1919-03-30: 23:30 was followed by 00:30 of the 31st.
  EXPECT_EQ(seconds("1919-03-31", "America/Toronto"), seconds("1919-03-31T04:30:00Z"));
  // Samoa had no 2011-12-30.
  EXPECT_EQ(seconds("2011-12-30", "Pacific/Apia"), seconds("2011-12-30T10:00:00Z"));
  EXPECT_EQ(seconds("2011-12-30", "Pacific/Apia"), seconds("2011-12-31", "Pacific/Apia"));
  EXPECT_THAT(fault("2011-12-30T12:00", "Pacific/Apia"), HasSubstr("does not exist"));
}

TEST(Schedule, ADateWithTwoMidnightsSaysWhatToWriteInstead) {
  // Havana, 2025-11-02: 00:59:59 -04 was followed by 00:00:00 -05. A past date: what is to come, a new law
  // may change.
  EXPECT_THAT(
      fault("2025-11-02", "America/Havana"),
      HasSubstr("write 2025-11-02T00:00-04:00 for the first or 2025-11-02T00:00-05:00 for the second"));
  EXPECT_EQ(seconds("2025-11-02T00:00-04:00", "America/Havana"), seconds("2025-11-02T04:00:00Z"));
  EXPECT_EQ(seconds("2025-11-02T00:00-05:00", "America/Havana"), seconds("2025-11-02T05:00:00Z"));
  EXPECT_THAT(fault("2025-11-02T00:00", "America/Havana"), HasSubstr("append the offset -04:00"));
}

TEST(Schedule, SummerTimeGoesOnAfterTheTableOfTheZoneFile) {
  for (const char* year : {"2037", "2038", "2050", "2100", "2399", "2999", "9999"}) {
    const std::string july = std::string(year) + "-07-01", january = std::string(year) + "-01-15";
    EXPECT_EQ(seconds(july.c_str()) - seconds((july + "T00:00Z").c_str()), 5 * 3600) << year;
    EXPECT_EQ(seconds(january.c_str()) - seconds((january + "T00:00Z").c_str()), 6 * 3600) << year;
  }
  EXPECT_THAT(fault("2050-03-13T02:30"), HasSubstr("does not exist"));
}

TEST(Schedule, RefusesWhatIsNotATime) {
  for (const char* text : {"", "tomorrow", "2026-13-01", "2026-02-30", "2026-11-01T24:00", "2026-11-01 09:00",
                           "2026-11-01T09:00:00.5", "2026-11-01T09:00:00.5Z", "2026-11-01T09:00.5Z",
                           "2026-11-01T09:00+0100", "2026-11-01T09+01:00", "2026-11-01Z", "1793487600"}) {
    EXPECT_THAT(fault(text), HasSubstr("is not a time")) << text;
  }
  EXPECT_THAT(fault("2026-11-01", ""), HasSubstr("no offset and no file sets 'timezone'"));
}

TEST(Schedule, KnowsTheZonesOfTheSystemAndNothingElse) {
  EXPECT_EQ(timezone_fault("Europe/Berlin"), "");
  EXPECT_EQ(timezone_fault("UTC"), "");
  EXPECT_THAT(timezone_fault("Europe/Berln"), HasSubstr("did you mean 'Europe/Berlin'?"));
  for (const char* name : {"", "/etc/passwd", "../../etc/passwd", "Europe", "a\nb", "right/Europe/Berlin",
                           "posix/Europe/Berlin", "tzdata.zi", "Fixed/UTC+01:00:00"})
    EXPECT_NE(timezone_fault(name), "") << name;
}

}  // namespace
}  // namespace abm::rules
