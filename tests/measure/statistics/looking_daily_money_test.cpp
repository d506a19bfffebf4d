// A thousand programmes, each looked at on each of 90 days, with skewed amounts: how often the sequence of
// money is wrong on some day, from how many amounts on, and how often the interval for one look would be.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "measure/statistics/means.h"
#include "tests/measure/statistics/simulated.h"

namespace abm::measure {
namespace {

constexpr int kMoneyDays = 90;
constexpr int kMoneyAccountsADay = 80;

/// mean_of(), account by account.
class Running {
 public:
  void add(double amount) {
    ++mean_.n;
    mean_.above_zero += amount > 0 ? 1 : 0;
    const double off = amount - mean_.mean;  // Welford (1962)
    mean_.mean += off / static_cast<double>(mean_.n);
    squares_ += off * (amount - mean_.mean);
  }
  [[nodiscard]] Mean mean() const {
    Mean mean = mean_;
    const auto n = static_cast<double>(mean.n);
    if (mean.n > 1) mean.standard_error = std::sqrt(squares_ / (n - 1) / n);
    return mean;
  }

 private:
  Mean mean_;
  double squares_ = 0;
};

struct MoneyLooks {
  int sequence = 0;        ///< programmes in which the sequence left out the truth on some day
  int sequence_early = 0;  ///< the same, if it were shown from the fifth amount on
  int one_look = 0;        ///< the same of an interval for one look, from kFewestAmounts on
  int found = 0;           ///< the sequence left out 0
};

struct MoneyProgramme {
  double treated = 0.9;
  double first_chance = 0.3, last_chance = 0.15;  ///< large companies come first, and buy more often
  double rise = 0;                                ///< of the chance, in the treated arm
  simulated::Amounts amounts;
};

MoneyLooks look_at_money(const MoneyProgramme& programme, int programmes, uint64_t seed) {
  MoneyLooks looks;
  Lots lots(seed);
  // The mean over all days is not what has come by a day: what is estimated is the effect on those who came.
  for (int i = 0; i < programmes; ++i) {
    Running treated, control;
    double chances = 0, accounts = 0;
    bool sequence = false, early = false, one_look = false, found = false;
    for (int day = 0; day < kMoneyDays; ++day) {
      const double chance =
          programme.first_chance + (programme.last_chance - programme.first_chance) * day / kMoneyDays;
      for (int account = 0; account < kMoneyAccountsADay; ++account) {
        const bool is_treated = lots.uniform() < programme.treated;
        (is_treated ? treated : control)
            .add(simulated::amount_of(chance * (is_treated ? 1 + programme.rise : 1), programme.amounts,
                                      lots));
      }
      chances += chance * kMoneyAccountsADay;
      accounts += kMoneyAccountsADay;
      const double truth = chances / accounts * programme.rise * programme.amounts.mean();
      const Mean a = treated.mean(), b = control.mean();
      const uint64_t fewer = std::min(a.above_zero, b.above_zero);
      if (fewer < 5) continue;
      const Interval shown = mean_difference_sequence(a, b, 8192);
      const bool wrong = truth < shown.low || truth > shown.high;
      early = early || wrong;
      if (fewer >= kFewestAmounts) {
        const double half = kZ95 * std::hypot(a.standard_error, b.standard_error);
        one_look = one_look || std::fabs(a.mean - b.mean - truth) > half;
      }
      if (fewer < (programme.amounts.is_cut() ? kFewestWinsorisedInSequence : kFewestAmountsInSequence))
        continue;
      sequence = sequence || wrong;
      found = found || shown.low > 0;
    }
    looks.sequence += sequence ? 1 : 0;
    looks.sequence_early += early ? 1 : 0;
    looks.one_look += one_look ? 1 : 0;
    looks.found += found ? 1 : 0;
  }
  return looks;
}

TEST(LookingDailyAtMoney, IsWrongInAtMostFiveOfAHundredProgrammes) {
  const int programmes = simulated::programmes(1000);
  int early = 0;
  for (const double treated : {0.9, 0.8, 0.5}) {
    for (const auto& [name, amounts] : {std::pair{"sigma_1.0", simulated::Amounts{1.0}},
                                        {"sigma_1.2", {1.2}},
                                        {"sigma_1.5_cut", {1.5, 15}}}) {
      const MoneyLooks looks = look_at_money({treated, 0.3, 0.15, 0, amounts}, programmes, 20261129);
      EXPECT_LE(looks.sequence, programmes * 5 / 100) << treated << " " << name;
      EXPECT_GE(looks.one_look, programmes * 15 / 100)
          << "the interval for one look would be wrong far more often";
      early = std::max(early, looks.sequence_early);
      RecordProperty(fmt::format("treated_{}_{}", static_cast<int>(treated * 100), name),
                     fmt::format("sequence {} from five on {} one look {}", looks.sequence,
                                 looks.sequence_early, looks.one_look));
    }
  }
  EXPECT_GT(early, programmes * 8 / 100) << "so many amounts need not be asked for";
}

TEST(LookingDailyAtMoney, FindsEffectsAndCoversThem) {
  const int programmes = simulated::programmes(1000);
  int found = 0;
  for (const double rise : {0.3, 0.8, 1.5}) {
    const MoneyLooks looks = look_at_money({0.8, 0.3, 0.15, rise, {}}, programmes, 5);
    EXPECT_LE(looks.sequence, programmes * 5 / 100) << rise;
    EXPECT_GE(looks.found, found) << rise;
    found = looks.found;
    RecordProperty(fmt::format("rise_{}", static_cast<int>(rise * 10)),
                   fmt::format("sequence {} found {}", looks.sequence, looks.found));
  }
  EXPECT_GE(found, programmes * 90 / 100);
}

}  // namespace
}  // namespace abm::measure
