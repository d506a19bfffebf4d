#include "connect/http/backoff.h"

#include <gtest/gtest.h>

namespace abm::connect {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

milliseconds wait(uint64_t failures, double random, std::optional<seconds> retry_after = {}) {
  return next_attempt_in(
      {.every = seconds(30), .failures = failures, .retry_after = retry_after, .random = random});
}

TEST(Backoff, AsksEveryIntervalMoreOrLessWhileAllIsWell) {
  EXPECT_EQ(wait(0, 0), milliseconds(27'000));
  EXPECT_EQ(wait(0, 0.5), milliseconds(30'000));
  EXPECT_LT(wait(0, 0.999), milliseconds(33'000));
}

TEST(Backoff, DoublesWithEachFailureUpToAQuarterOfAnHour) {
  EXPECT_EQ(wait(1, 0), seconds(15));
  EXPECT_EQ(wait(2, 0), seconds(30));
  EXPECT_EQ(wait(3, 0), seconds(60));
  EXPECT_EQ(wait(6, 0), seconds(450));
  EXPECT_EQ(wait(1'000'000'000, 0), seconds(450));
  for (uint64_t failures = 1; failures < 100; ++failures) EXPECT_LE(wait(failures, 0.999), minutes(15));
}

TEST(Backoff, KeepsALongIntervalAsItsLimit) {
  const auto rare =
      next_attempt_in({.every = seconds(7200), .failures = 9, .retry_after = std::nullopt, .random = 0.999});
  EXPECT_GT(rare, minutes(60));
  EXPECT_LE(rare, minutes(120));
}

TEST(Backoff, WaitsAsLongAsTheServerAsksButNotForever) {
  EXPECT_EQ(wait(1, 0, seconds(120)), seconds(120));
  EXPECT_EQ(wait(1, 0, seconds(1)), seconds(15));
  EXPECT_EQ(wait(1, 0, seconds(4'000'000'000)), seconds(3600));
}

TEST(Backoff, SpreadsNodesThatFailTogether) {
  EXPECT_NE(wait(3, 0.1), wait(3, 0.2));
}

}  // namespace
}  // namespace abm::connect
