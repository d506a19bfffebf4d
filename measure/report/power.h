// What a comparison of two groups of accounts can show, before anybody comes. Pure functions; sources in
// power.cpp.
#pragma once

#include <cstdint>
#include <string>

namespace abm::measure {

/// Two groups drawn by lot, and how sure one wants to be.
struct Trial {
  uint64_t treated = 0, control = 0;  ///< accounts
  double alpha = 0.05;                ///< level of the two-sided test, 0 to 1
  double power = 0.8;                 ///< how likely a real effect should be found, 0 to 1
};

/// How likely the report's test says that treated accounts do better, where the shares that reach the goal
/// really are `treated_rate` and `control_rate` (0 to 1). Exact: a sum over everything that may happen. Time
/// grows with the square root of the number of accounts.
[[nodiscard]] double power_of(const Trial& trial, double treated_rate, double control_rate);

struct SmallestEffect {
  double rise = 0;    ///< of the share that reaches the goal, 0 to 1; to 0.00001, rounded up
  std::string lacks;  ///< not empty: there are not enough accounts to tell, and why; `rise` is 0
};

/// Why groups of these sizes are never compared, whatever happens; "" if they are.
[[nodiscard]] std::string groups_lack(const Trial& trial);

/// The smallest rise above `base` (0 to 1, both excluded) that is found with the power asked for, where the
/// report would show a figure at all: groups of 20 accounts, and five of each expected to reach the goal, and
/// not to reach it.
[[nodiscard]] SmallestEffect smallest_effect(const Trial& trial, double base);

}  // namespace abm::measure
