#include "base/timestamp.h"

#include <gtest/gtest.h>

namespace abm {
namespace {

TEST(Timestamp, ReadsTheFormsOfRfc3339) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_rfc3339("2026-11-22T03:33:20Z"), 1795318400);
  EXPECT_EQ(parse_rfc3339("2026-11-22t03:33:20z"), 1795318400);
  EXPECT_EQ(parse_rfc3339("2026-11-22T03:33:20.999Z"), 1795318400);
  EXPECT_EQ(parse_rfc3339("2026-11-22T04:33:20+01:00"), 1795318400);
  EXPECT_EQ(parse_rfc3339("2026-11-21T20:03:20-07:30"), 1795318400);
  EXPECT_EQ(parse_rfc3339("1990-12-31T23:59:60Z"), parse_rfc3339("1991-01-01T00:00:00Z"));
  EXPECT_EQ(parse_rfc3339("0000-01-01T00:00:00Z"), -62167219200);
  EXPECT_EQ(parse_rfc3339("9999-12-31T23:59:59Z"), 253402300799);
}

TEST(Timestamp, RefusesEverythingElse) {
  for (const char* bad :
       {"", "2026-11-22", "2026-11-22T03:33:20", "2026-11-22 03:33:20Z", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T03:60:00Z", "2026-11-22T03:33:61Z",
        "2026-11-22T03:33:20.Z", "2026-11-22T03:33:20+0100", "2026-11-22T03:33:20+24:00",
        "2026-11-22T03:33:20Zx", "2026-1-22T03:33:20Z", "-026-11-22T03:33:20Z", "2026-11-22T03:33:20+01:00x",
        "1763780000"}) {
    EXPECT_EQ(parse_rfc3339(bad), std::nullopt) << bad;
  }
}

TEST(Timestamp, PeopleMayLeaveOutSeconds) {
  EXPECT_EQ(parse_written_time("2026-11-22T03:33Z"), 1795318380);
  EXPECT_EQ(parse_written_time("2026-11-22T04:33+01:00"), 1795318380);
  EXPECT_EQ(parse_written_time("2026-11-22T03:33:20.5Z"), 1795318400);
  for (const char* bad :
       {"", "2026-11-22", "2026-11-22T03:33", "2026-11-22T03:33:20", "2026-11-22T03:33.5Z",
        "2026-11-22T03:33+0100", "2026-11-22T03Z", "2026-11-22T03:33ZZ", "2026-11-22T03:33+01:00x"}) {
    EXPECT_EQ(parse_written_time(bad), std::nullopt) << bad;
  }
}

TEST(Timestamp, ReadsWhatItWrites) {
  for (int64_t at = -62167219200; at <= 253402300799; at += 86399 * 977) {
    EXPECT_EQ(parse_rfc3339(format_rfc3339(at)), at) << at;
  }
  EXPECT_EQ(format_rfc3339(1795318400), "2026-11-22T03:33:20Z");
  EXPECT_EQ(format_rfc3339(INT64_MAX), "9999-12-31T23:59:59Z");
}

}  // namespace
}  // namespace abm
