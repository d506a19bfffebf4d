#include "measure/report/several.h"

#include <algorithm>
#include <vector>

#include "measure/statistics/false_discovery.h"

namespace abm::measure {

void adjust_for_several(Report& report) {
  std::vector<Comparison*> family;
  for (size_t i = 0; i < report.goals.size(); ++i) {
    report.goals[i].is_primary = i == 0;
    if (i > 0) family.push_back(&report.goals[i].all);
  }
  for (RuleResult& rule : report.rules) {
    if (rule.has_holdout) family.push_back(&rule.all);
  }
  std::erase_if(family, [](const Comparison* comparison) { return !comparison->difference.has_value(); });
  std::vector<OneOfSeveral> tests;
  for (Comparison* comparison : family) tests.push_back({comparison->difference->p, &comparison->adjusted_p});
  if (report.outcomes.has_value()) {
    for (const OneOfSeveral& test : family_of(*report.outcomes).p) tests.push_back(test);
  }
  std::vector<double> p;
  for (const OneOfSeveral& test : tests) p.push_back(test.value);
  const std::vector<double> adjusted = benjamini_hochberg(p);
  for (size_t i = 0; i < tests.size(); ++i) *tests[i].adjusted = adjusted[i];
}

size_t adjusted_count(const Report& report) noexcept {
  const auto is_adjusted = [](const auto& result) { return result.all.adjusted_p.has_value(); };
  return static_cast<size_t>(std::count_if(report.goals.begin(), report.goals.end(), is_adjusted) +
                             std::count_if(report.rules.begin(), report.rules.end(), is_adjusted));
}

}  // namespace abm::measure
