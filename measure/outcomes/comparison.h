// Two groups of accounts, and the share of each that had something: reached a goal page, had an opportunity.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "measure/outcomes/daily_look.h"
#include "measure/statistics/proportions.h"
#include "rules/program/arms.h"

namespace abm::measure {

/// Two groups of accounts, drawn by lot, and what can be said about them.
struct Comparison {
  Share treated;
  Share kept_back;  ///< control or holdout
  Interval treated_interval;
  Interval kept_back_interval;
  std::optional<Difference> difference;  ///< absent: there is not enough data; `lacks` says what is missing
  std::string lacks;
  double detectable = 1;             ///< the difference that four out of five such experiments would find
  std::optional<double> adjusted_p;  ///< adjust_for_several() fills it, but for the primary goal
  std::optional<DailyLook> daily;    ///< look_daily() fills it: site-wide, and of rules with a holdout
};

/// How many accounts each group needs at least, and how many of each group must be expected to
/// reach the goal, and not to reach it, before a difference is reported (Cochran, W. G.
/// (1954), Biometrics 10, 417-451).
inline constexpr uint64_t kFewestAccounts = rules::kFewestCompared;
inline constexpr double kFewestExpected = 5;

/// `done`: what accounts that count did, for `lacks`.
[[nodiscard]] Comparison compare(const Share& treated, const Share& kept_back,
                                 std::string_view done = kReachedGoal);

}  // namespace abm::measure
