// Treated accounts against those kept back, on goal pages: counts from the queries, judged by proportions.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measure/report/daily_look.h"
#include "measure/report/tables.h"
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

[[nodiscard]] Comparison compare(const Share& treated, const Share& kept_back);

struct TierComparison {
  std::string tier;
  Comparison comparison;
};

/// Site-wide: everybody who is not in the control group, as first assigned, against the control group.
struct GoalResult {
  std::string goal;
  Comparison all;
  std::vector<TierComparison> tiers;
  bool is_primary = false;  ///< as adjust_for_several() says
};

struct VariantShare {
  std::string variant;  ///< "": the rule has none
  Share share;
  Interval interval;
};

/// One rule: the accounts that it was for and that were not held out, against its
/// holdout; and each variant by itself.
struct RuleResult {
  std::string goal, rule;
  Comparison all;
  bool has_holdout = false;
  std::vector<VariantShare> variants;
};

[[nodiscard]] std::vector<GoalResult> compare_goals(const Table& goal_accounts);
[[nodiscard]] std::vector<RuleResult> compare_rules(const Table& rule_accounts);

}  // namespace abm::measure
