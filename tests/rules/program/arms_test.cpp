// Buckets: shares as requested, independent of each other, and never different from what they once were.
#include "rules/program/arms.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/hash.h"

namespace abm::rules {
namespace {

constexpr int kIds = 100'000;

std::string account(int i) {
  return "account-" + std::to_string(i);
}

/// Whether `count` out of `of` is within three standard errors of the share `p`.
::testing::AssertionResult near_share(int count, int of, double p) {
  const double got = static_cast<double>(count) / of, error = std::sqrt(p * (1 - p) / of);
  if (std::abs(got - p) <= 3 * error) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << got << " is more than three standard errors from " << p;
}

TEST(Arms, BucketIsTheHashOfTheJoinedNamesModuloTenThousand) {
  EXPECT_EQ(bucket("control", "2026-q4", "deere"), hash64("control:2026-q4:deere") % kBuckets);
  const std::string name(2000, 'r');
  EXPECT_EQ(bucket("variant", name, "deere"), hash64("variant:" + name + ":deere") % kBuckets);
}

TEST(Arms, BucketsNeverChange) {
  EXPECT_EQ(bucket("control", "2026-q4", "deere"), 7401u);
  EXPECT_EQ(bucket("holdout", "manufacturing-story", "deere"), 6450u);
  EXPECT_EQ(bucket("variant", "manufacturing-story", "deere"), 4800u);
  EXPECT_EQ(bucket("variant", "manufacturing-story", "caterpillar"), 4526u);
  EXPECT_EQ(bucket("control", "", "a"), 6247u);
}

TEST(Arms, SharesAreWhatWasAskedFor) {
  for (const uint32_t buckets : {100u, 1000u, 2500u, 5000u}) {
    int below[3] = {};
    for (int i = 0; i < kIds; ++i) {
      below[0] += bucket("control", "2026-q4", account(i)) < buckets ? 1 : 0;
      below[1] += bucket("holdout", "rule", account(i)) < buckets ? 1 : 0;
      below[2] += bucket("variant", "rule", account(i)) < buckets ? 1 : 0;
    }
    for (const int count : below) EXPECT_TRUE(near_share(count, kIds, buckets / 10'000.0));
  }
}

TEST(Arms, KindsRulesAndSaltsAreIndependentOfEachOther) {
  const std::vector<std::pair<std::string, std::string>> names = {
      {"control", "2026-q4"}, {"control", "2027-q1"}, {"holdout", "rule-a"},
      {"holdout", "rule-b"},  {"variant", "rule-a"},  {"variant", "rule-b"}};
  for (size_t a = 0; a < names.size(); ++a) {
    for (size_t b = a + 1; b < names.size(); ++b) {
      int both = 0;
      for (int i = 0; i < kIds; ++i) {
        const std::string id = account(i);
        both += bucket(names[a].first, names[a].second, id) < 3000 &&
                        bucket(names[b].first, names[b].second, id) < 4000
                    ? 1
                    : 0;
      }
      EXPECT_TRUE(near_share(both, kIds, 0.12)) << names[a].second << " and " << names[b].second;
    }
  }
}

}  // namespace
}  // namespace abm::rules
