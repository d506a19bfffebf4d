// A thousand programmes, each looked at on each of 90 days: how often what may be looked at daily is wrong,
// and how often the figures for one look are when they are looked at daily.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "measure/statistics/anytime.h"
#include "measure/statistics/proportions.h"

namespace abm::measure {
namespace {

constexpr int kProgrammes = 1000;
constexpr int kDays = 90;
constexpr int kAccountsADay = 10;
constexpr int kWithin = 14;
constexpr double kTreatedShare = 0.8;
constexpr uint64_t kPlanned = kDays * kAccountsADay;

/// Programmes in which a look said what is not so, or what is.
struct Looks {
  int daily_test = 0;      ///< anytime p below 0.05 on some day
  int daily_interval = 0;  ///< the confidence sequence left out the true difference on some day
  int one_look_test = 0;   ///< p for one look below 0.05 on some day
  int last_day_test = 0;   ///< p for one look below 0.05 on the last day
};

bool many_enough(const Share& treated, const Share& kept_back, double expected) {
  const double pooled = static_cast<double>(treated.hits + kept_back.hits) /
                        static_cast<double>(treated.accounts + kept_back.accounts);
  const auto smaller = static_cast<double>(std::min(treated.accounts, kept_back.accounts));
  return smaller >= 20 && pooled * smaller >= expected && (1 - pooled) * smaller >= expected;
}

void count_into(Share& share, bool hit) {
  ++share.accounts;
  share.hits += hit ? 1 : 0;
}

/// Companies that come often come first and reach the goal more often: from 30 % on the first day down to 10
/// %.
Looks look_daily(double effect, uint64_t seed) {
  Looks looks;
  std::mt19937_64 random(seed);
  const auto uniform = [&random] { return static_cast<double>(random() >> 11U) * 0x1p-53; };
  struct Account {
    bool treated;
    int reached_after;  ///< days; kDays: never
  };
  for (int programme = 0; programme < kProgrammes; ++programme) {
    std::vector<Account> accounts;
    TwoShareEvidence evidence(kTreatedShare);
    bool test = false, interval = false, one_look = false, last = false;
    for (int day = 0; day < kDays; ++day) {
      for (int i = 0; i < kAccountsADay; ++i) {
        const bool treated = uniform() < kTreatedShare;
        const double chance = 0.3 - 0.2 * day / kDays + (treated ? effect : 0);
        accounts.push_back({treated, uniform() < chance ? static_cast<int>(uniform() * kWithin) : kDays});
      }
      // For one look: every account that came, as far as it is known today.
      Share treated, kept_back;
      for (size_t i = 0; i < accounts.size(); ++i) {
        const int came = static_cast<int>(i) / kAccountsADay;
        count_into(accounts[i].treated ? treated : kept_back, came + accounts[i].reached_after <= day);
      }
      if (many_enough(treated, kept_back, 5)) {
        last = difference(treated, kept_back).p < 0.05;
        one_look = one_look || last;
      }
      // For every day: the accounts whose days are over today.
      if (day < kWithin) continue;
      const auto from = static_cast<size_t>(day - kWithin) * kAccountsADay;
      for (size_t i = from; i < from + kAccountsADay; ++i)
        evidence.add(accounts[i].treated, accounts[i].reached_after < kWithin);
      test = test || evidence.p() < 0.05;
      if (many_enough(evidence.treated(), evidence.kept_back(), 20)) {
        const Interval sequence = difference_sequence(evidence.treated(), evidence.kept_back(), kPlanned);
        interval = interval || effect < sequence.low || effect > sequence.high;
      }
    }
    looks.daily_test += test ? 1 : 0;
    looks.daily_interval += interval ? 1 : 0;
    looks.one_look_test += one_look ? 1 : 0;
    looks.last_day_test += last ? 1 : 0;
  }
  return looks;
}

TEST(LookingDaily, WithoutAnEffectFiresInAtMostFiveOfAHundredProgrammes) {
  const Looks looks = look_daily(0, 20261122);
  EXPECT_LE(looks.daily_test, kProgrammes * 5 / 100);
  EXPECT_LE(looks.daily_interval, kProgrammes * 5 / 100);
  EXPECT_GT(looks.daily_test, 0) << "a test that never fires proves nothing";
  // The test for one look keeps its level when it is looked at once, and fires far too often when looked at
  // daily.
  EXPECT_LE(looks.last_day_test, kProgrammes * 7 / 100);
  EXPECT_GE(looks.one_look_test, kProgrammes * 15 / 100);
  RecordProperty("daily_test", looks.daily_test);
  RecordProperty("daily_interval", looks.daily_interval);
  RecordProperty("one_look_test_daily", looks.one_look_test);
  RecordProperty("one_look_test_once", looks.last_day_test);
}

TEST(LookingDaily, FindsEffectsAndCoversThem) {
  int found = 0;
  for (const double effect : {0.05, 0.12, 0.2}) {
    const Looks looks = look_daily(effect, 7);
    EXPECT_LE(looks.daily_interval, kProgrammes * 5 / 100) << effect;
    EXPECT_GE(looks.daily_test, found) << effect;
    found = looks.daily_test;
    RecordProperty("found_at_" + std::to_string(static_cast<int>(effect * 100 + 0.5)), found);
  }
  EXPECT_GE(found, kProgrammes * 95 / 100) << "20 points more are found in 90 days";
}

}  // namespace
}  // namespace abm::measure
