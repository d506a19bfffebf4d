// Treated accounts against those kept back, on goal pages: counts from the queries, judged by
// outcomes/comparison.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measure/outcomes/comparison.h"
#include "measure/report/tables.h"
#include "measure/statistics/proportions.h"

namespace abm::measure {

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
