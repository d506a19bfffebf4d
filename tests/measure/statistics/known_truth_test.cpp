// Simulated programmes whose truth is known: how often intervals contain it, and how often tests fire without
// an effect. The usual run is short; ABM_PROGRAMMES=2000 makes as many of each, which the guide's figures are
// from.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "measure/statistics/means.h"
#include "measure/statistics/proportions.h"
#include "measure/statistics/survival.h"
#include "tests/measure/statistics/simulated.h"

namespace abm::measure {
namespace {

/// `count` of `all` is within two and a half standard deviations of `share`, from `low` to `high`.
void expect_share(int count, int all, double low, double high, const std::string& what) {
  const double rate = static_cast<double>(count) / all;
  const auto slack = [all](double share) { return 2.5 * std::sqrt(share * (1 - share) / all); };
  EXPECT_GE(rate, low - slack(low)) << what;
  EXPECT_LE(rate, high + slack(high)) << what;
  std::string name = what;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ' ' || c == '/' || c == ',' || c == '.'; }, '_');
  ::testing::Test::RecordProperty(name, fmt::format("{} of {}", count, all));
}

std::vector<double> arm_of(int accounts, double chance, const simulated::Amounts& amounts, Lots& lots) {
  std::vector<double> arm(static_cast<size_t>(accounts));
  for (double& amount : arm) amount = simulated::amount_of(chance, amounts, lots);
  return arm;
}

TEST(KnownTruth, FixedIntervalsOfSharesCoverPlantedEffects) {
  Lots lots(1);
  const int programmes = simulated::programmes(1000);
  for (const double effect : {0.0, 0.05, 0.12, 0.2}) {
    int covered = 0, found = 0;
    for (int programme = 0; programme < programmes; ++programme) {
      Share treated{0, 400}, control{0, 80};
      for (uint64_t i = 0; i < treated.accounts; ++i) treated.hits += lots.uniform() < 0.15 + effect ? 1 : 0;
      for (uint64_t i = 0; i < control.accounts; ++i) control.hits += lots.uniform() < 0.15 ? 1 : 0;
      const Difference result = difference(treated, control);
      covered += result.interval.low <= effect && effect <= result.interval.high ? 1 : 0;
      found += result.p < 0.05 ? 1 : 0;
    }
    expect_share(covered, programmes, 0.94, 0.96, fmt::format("shares covered at {}", effect));
    if (effect == 0) expect_share(found, programmes, 0.03, 0.055, "shares, false alarms");
    EXPECT_TRUE(effect < 0.15 || found >= programmes * 9 / 10) << found;
  }
}

TEST(KnownTruth, PermutationKeepsItsLevelWithSkewedMoneyAndUnequalArms) {
  Lots lots(2);
  const int programmes = simulated::programmes(250);
  for (const auto& [treated, control] : {std::pair{900, 100}, {300, 300}, {200, 20}}) {
    int alarms = 0;
    for (int programme = 0; programme < programmes; ++programme) {
      const std::vector<double> a = arm_of(treated, 0.06, {1.5}, lots),
                                b = arm_of(control, 0.06, {1.5}, lots);
      alarms += compare_means(a, b).p <= 0.05 ? 1 : 0;
    }
    // With a dozen amounts, few ways in which arms can fall are rare enough: below 5 %, never above.
    expect_share(alarms, programmes, 0.005, 0.05, fmt::format("money, false alarms {}/{}", treated, control));
  }
}

// The interval is shown from kFewestAmounts on. Deals that are cut off at a threshold which was fixed
// beforehand (here 7.4 times the median: one in twenty) are covered as promised; uncut ones
// nearly so.
TEST(KnownTruth, IntervalsOfMoneyCoverPlantedEffectsFromTheNumberOnAtWhichTheyAreShown) {
  Lots lots(3);
  const int programmes = simulated::programmes(90);
  for (const auto& [name, amounts, low] :
       {std::tuple{"cut", simulated::Amounts{1.2, 7.4}, 0.94}, {"uncut", simulated::Amounts{1.2}, 0.93}}) {
    for (const double rise : {0.0, 0.3, 1.0}) {
      int shown = 0, covered = 0, bca = 0;
      const double truth = 0.2 * rise * amounts.mean();
      for (int programme = 0; programme < programmes; ++programme) {
        const std::vector<double> a = arm_of(600, 0.2 * (1 + rise), amounts, lots),
                                  b = arm_of(150, 0.2, amounts, lots);
        if (std::min(mean_of(a).above_zero, mean_of(b).above_zero) < kFewestAmounts) continue;
        const MeanDifference result = compare_means(a, b);
        ++shown;
        covered += result.interval.low <= truth && truth <= result.interval.high ? 1 : 0;
        bca += result.bca.low <= truth && truth <= result.bca.high ? 1 : 0;
      }
      expect_share(covered, shown, low, 0.985, fmt::format("money {} covered at {}", name, rise));
      ::testing::Test::RecordProperty(fmt::format("money_{}_bca_alone_{}", name, static_cast<int>(rise * 10)),
                                      fmt::format("{} of {}", bca, shown));
    }
  }
}

// Deals that are still open when one looks: half a year of programme, deals take months.
Duration deal(double mean_days, Lots& lots) {
  const double takes = -mean_days * std::log(1 - lots.uniform()), seen = 30 + 150 * lots.uniform();
  return takes <= seen ? Duration{std::floor(takes) + 1, true} : Duration{std::floor(seen) + 1, false};
}

TEST(KnownTruth, SurvivalCurvesCoverTheTruthWithOpenDeals) {
  Lots lots(4);
  const int programmes = simulated::programmes(1000);
  constexpr double kMeanDays = 120;
  for (const double day : {20.0, 60.0, 120.0}) {
    int covered = 0;
    double sum = 0;
    const double truth = std::exp(-day / kMeanDays);  // a deal that takes d to d + 1 days counts as d + 1
    for (int programme = 0; programme < programmes; ++programme) {
      std::vector<Duration> durations;
      for (int i = 0; i < 80; ++i) durations.push_back(deal(kMeanDays, lots));
      const SurvivalPoint point = at_days(kaplan_meier(std::move(durations)), day);
      covered += point.interval.low <= truth && truth <= point.interval.high ? 1 : 0;
      sum += point.share;
    }
    expect_share(covered, programmes, 0.935, 0.965, fmt::format("survival covered on day {}", day));
    EXPECT_NEAR(sum / programmes, truth, 0.01) << day;
  }
}

TEST(KnownTruth, LogRankKeepsItsLevelAndFindsFasterDeals) {
  Lots lots(5);
  const int programmes = simulated::programmes(1000);
  for (const double faster : {1.0, 2.0}) {
    int alarms = 0;
    for (int programme = 0; programme < programmes; ++programme) {
      std::vector<Duration> treated, control;
      for (int i = 0; i < 180; ++i) treated.push_back(deal(120 / faster, lots));
      for (int i = 0; i < 40; ++i) control.push_back(deal(120, lots));
      alarms += log_rank(std::move(treated), std::move(control)).p < 0.05 ? 1 : 0;
    }
    if (faster == 1) expect_share(alarms, programmes, 0.04, 0.06, "log-rank, false alarms");
    EXPECT_TRUE(faster == 1 || alarms >= programmes * 8 / 10) << alarms;
  }
}

// Tiers of very different sizes and base rates. Each account has a lot of its own, so that arms differ in
// their tiers by chance only, and the interval knows that chance.
TEST(KnownTruth, ImbalancedTiersAreCoveredAsOne) {
  Lots lots(6);
  const struct {
    int accounts;
    double base, effect;
  } tiers[] = {{40, 0.5, 0.2}, {260, 0.2, 0.08}, {900, 0.03, 0.01}};
  const int programmes = simulated::programmes(1000);
  for (const double control_share : {0.1, 0.2}) {
    int covered = 0, alarms = 0;
    double truth = 0, all = 0;
    for (const auto& tier : tiers) {
      truth += tier.effect * tier.accounts;
      all += tier.accounts;
    }
    truth /= all;
    for (int programme = 0; programme < programmes; ++programme) {
      Share treated, control, no_effect;
      for (const auto& tier : tiers) {
        for (int i = 0; i < tier.accounts; ++i) {
          const bool kept_back = lots.uniform() < control_share;
          const double lot = lots.uniform();
          Share& arm = kept_back ? control : treated;
          ++arm.accounts;
          arm.hits += lot < tier.base + (kept_back ? 0 : tier.effect) ? 1 : 0;
          no_effect.hits += !kept_back && lot < tier.base ? 1 : 0;
        }
      }
      no_effect.accounts = treated.accounts;
      const Difference result = difference(treated, control);
      covered += result.interval.low <= truth && truth <= result.interval.high ? 1 : 0;
      alarms += difference(no_effect, control).p < 0.05 ? 1 : 0;
    }
    expect_share(covered, programmes, 0.94, 0.98, fmt::format("tiers covered, control {}", control_share));
    expect_share(alarms, programmes, 0.03, 0.055,
                 fmt::format("tiers, false alarms, control {}", control_share));
  }
}

}  // namespace
}  // namespace abm::measure
