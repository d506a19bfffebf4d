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

TEST(Schedule, RefusesWhatIsNotATime) {
  for (const char* text :
       {"", "tomorrow", "2026-13-01", "2026-02-30", "2026-11-01T24:00", "2026-11-01 09:00",
        "2026-11-01T09:00:00.5", "2026-11-01T09:00:00.5Z", "2026-11-01T09:00+01:00", "1793487600"}) {
    EXPECT_THAT(fault(text), HasSubstr("is not a time")) << text;
  }
  EXPECT_THAT(fault("2026-11-01", ""), HasSubstr("no offset and no file sets 'timezone'"));
}

TEST(Schedule, KnowsTheZonesOfTheSystemAndNothingElse) {
  EXPECT_EQ(timezone_fault("Europe/Berlin"), "");
  EXPECT_EQ(timezone_fault("UTC"), "");
  EXPECT_THAT(timezone_fault("Europe/Berln"), HasSubstr("did you mean 'Europe/Berlin'?"));
  for (const char* name : {"", "/etc/passwd", "../../etc/passwd", "Europe", "a\nb"})
    EXPECT_NE(timezone_fault(name), "") << name;
}

}  // namespace
}  // namespace abm::rules
