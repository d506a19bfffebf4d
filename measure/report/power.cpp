// The report tests a difference by the "N - 1" chi-squared test (proportions.cpp). Its power is the sum, over
// all outcomes that it calls significant, of their probabilities under two independent binomial
// distributions: the unconditional power of
//
//   Suissa, S. and Shuster, J. J. (1985), Journal of the Royal Statistical Society A 148, 317-327.
//
// No normal approximation is used for the counts, which for control groups of a few dozen accounts would
// promise more than the test keeps. Only outcomes in favour of the treated group count as found. For a given
// number of control accounts that reach the goal, the treated outcomes that are significant are all those
// from some number on, and that number does not fall as the former rises: one walk over both distributions is
// enough.
#include "measure/report/power.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "measure/report/comparison.h"
#include "measure/statistics/proportions.h"

namespace abm::measure {
namespace {

constexpr double kNegligible = 1e-16;  // probability of one outcome
constexpr int kHalvings = 17;          // 2^-17 is below 0.00001

/// The part of a binomial distribution that is not negligible: `mass[i]` is the probability of `first` + i.
struct Binomials {
  uint64_t first = 0;
  std::vector<double> mass;
};

Binomials outcomes_of(uint64_t accounts, double rate) {
  if (rate <= 0) return {0, {1}};
  if (rate >= 1) return {accounts, {1}};
  const auto n = static_cast<double>(accounts);
  const auto mode = std::min(accounts, static_cast<uint64_t>((n + 1) * rate));
  const auto m = static_cast<double>(mode);
  const double peak = std::exp(std::lgamma(n + 1) - std::lgamma(m + 1) - std::lgamma(n - m + 1) +
                               m * std::log(rate) + (n - m) * std::log1p(-rate));
  const double odds = rate / (1 - rate);
  Binomials outcomes{mode, {peak}};
  // Downwards from the most likely outcome, then upwards.
  double mass = peak;
  while (outcomes.first > 0) {
    const auto k = static_cast<double>(outcomes.first);
    mass *= k / ((n - k + 1) * odds);
    if (mass < kNegligible) break;
    outcomes.mass.push_back(mass);
    --outcomes.first;
  }
  std::reverse(outcomes.mass.begin(), outcomes.mass.end());
  mass = peak;
  for (uint64_t next = mode + 1; next <= accounts; ++next) {
    const auto k = static_cast<double>(next);
    mass *= (n - k + 1) / k * odds;
    if (mass < kNegligible) break;
    outcomes.mass.push_back(mass);
  }
  return outcomes;
}

/// The z whose two-sided p is `alpha`.
double critical_z(double alpha) {
  double low = 0, high = 40;
  for (int i = 0; i < 80; ++i) {
    const double middle = (low + high) / 2;
    (two_sided_p(middle) > alpha ? low : high) = middle;
  }
  return high;
}

double power_at(const Trial& trial, double treated_rate, double control_rate, double z) {
  const Binomials treated = outcomes_of(trial.treated, treated_rate);
  const Binomials control = outcomes_of(trial.control, control_rate);
  std::vector<double> at_least = treated.mass;  // the probability of so many or more
  for (size_t i = at_least.size(); i-- > 1;) at_least[i - 1] += at_least[i];
  const auto n1 = static_cast<double>(trial.treated), n2 = static_cast<double>(trial.control);
  const auto significant = [&](double x, double y) {
    const double ahead = x * n2 - y * n1, reached = x + y, missed = n1 + n2 - reached;
    return ahead > 0 && ahead * ahead * (n1 + n2 - 1) > z * z * n1 * n2 * reached * missed;
  };
  double power = 0;
  size_t from = 0;
  for (size_t i = 0; i < control.mass.size(); ++i) {
    const auto y = static_cast<double>(control.first + i);
    while (from < at_least.size() && !significant(static_cast<double>(treated.first + from), y)) ++from;
    if (from == at_least.size()) break;
    power += control.mass[i] * at_least[from];
  }
  return std::min(power, 1.0);
}

}  // namespace

double power_of(const Trial& trial, double treated_rate, double control_rate) {
  if (trial.treated == 0 || trial.control == 0) return 0;
  return power_at(trial, treated_rate, control_rate, critical_z(trial.alpha));
}

std::string groups_lack(const Trial& trial) {
  const auto lacks = [](uint64_t accounts, std::string_view group) {
    return fmt::format("{} account{} in the {} group, at least {} are needed", accounts,
                       accounts == 1 ? "" : "s", group, kFewestAccounts);
  };
  if (trial.control < kFewestAccounts) return lacks(trial.control, "control");
  if (trial.treated < kFewestAccounts) return lacks(trial.treated, "treated");
  return {};
}

SmallestEffect smallest_effect(const Trial& trial, double base) {
  if (std::string lacks = groups_lack(trial); !lacks.empty()) return {0, std::move(lacks)};
  const auto smaller = static_cast<double>(std::min(trial.treated, trial.control));
  const auto expected_lack = [&](double share, std::string_view what) {
    return fmt::format("{:.1f} of {:.0f} accounts would {} the goal, at least {:.0f} are needed",
                       share * smaller, smaller, what, kFewestExpected);
  };
  if (base * smaller < kFewestExpected) return {0, expected_lack(base, "reach")};
  if ((1 - base) * smaller < kFewestExpected) return {0, expected_lack(1 - base, "miss")};
  const double z = critical_z(trial.alpha);
  double low = base, high = 1;
  if (power_at(trial, high, base, z) < trial.power) return {0, "not even a share of 100 % would be found"};
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (power_at(trial, middle, base, z) < trial.power ? low : high) = middle;
  }
  // With this effect, the report must show a figure, too.
  const auto n1 = static_cast<double>(trial.treated), n2 = static_cast<double>(trial.control);
  const double missed = 1 - (high * n1 + base * n2) / (n1 + n2);
  if (missed * smaller < kFewestExpected) return {0, "almost every account would have to reach the goal"};
  return {high - base, {}};
}

}  // namespace abm::measure
