#include "measure/report/several.h"

#include <algorithm>

#include "measure/statistics/false_discovery.h"

namespace abm::measure {
namespace {

void put_adjusted(const std::vector<OneOfSeveral>& tests,
                  std::vector<double> (*adjusted_of)(const std::vector<double>&)) {
  std::vector<double> values;
  for (const OneOfSeveral& test : tests) values.push_back(test.value);
  const std::vector<double> adjusted = adjusted_of(values);
  for (size_t i = 0; i < tests.size(); ++i) *tests[i].adjusted = adjusted[i];
}

/// What can be tested of a comparison that is not the primary one.
void join(Comparison& comparison, Family& family) {
  if (comparison.difference.has_value())
    family.p.push_back({comparison.difference->p, &comparison.adjusted_p});
  if (comparison.daily.has_value() && comparison.daily->lacks.empty())
    family.evidence.push_back({comparison.daily->evidence_now, &comparison.daily->adjusted_p});
}

}  // namespace

void adjust(const Family& family) {
  put_adjusted(family.p, benjamini_hochberg);
  put_adjusted(family.evidence, e_benjamini_hochberg);
}

void adjust_for_several(Report& report, Family others) {
  Family family = std::move(others);
  const bool is_declared = report.primary.is_declared();
  for (size_t i = 0; i < report.goals.size(); ++i) {
    GoalResult& goal = report.goals[i];
    goal.is_primary = is_declared ? goal.goal == report.primary.goal : i == 0;
    if (!goal.is_primary) join(goal.all, family);
  }
  for (RuleResult& rule : report.rules) {
    if (rule.has_holdout) join(rule.all, family);
  }
  adjust(family);
}

size_t adjusted_count(const Report& report) noexcept {
  const auto is_adjusted = [](const auto& result) { return result.all.adjusted_p.has_value(); };
  return static_cast<size_t>(std::count_if(report.goals.begin(), report.goals.end(), is_adjusted) +
                             std::count_if(report.rules.begin(), report.rules.end(), is_adjusted));
}

}  // namespace abm::measure
