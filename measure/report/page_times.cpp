// How long it took until accounts had an opportunity.
#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "measure/report/html.h"
#include "measure/report/outcome_charts.h"
#include "measure/report/page_outcomes.h"
#include "measure/report/tables.h"

namespace abm::measure {
namespace {

constexpr double kSameShare = 0.001;  // a tenth of a point, as shares are shown

/// Why the curve ends above the share in the sentence; "" where every window is over, so that they are the
/// same.
std::string why_curve_is_higher(const Outcomes& outcomes, const QuestionResult& result) {
  if (result.treated.windows_over + result.kept_back.windows_over ==
      result.treated.accounts + result.kept_back.accounts)
    return {};
  const SurvivalCurve& treated = result.to_opportunity.treated;
  const double end = 1 - at_days(treated, treated.longest).share;
  if (end - result.opportunity.comparison.treated.rate() < kSameShare) return {};
  return fmt::format(
      " For treated accounts it ends at {}, and not at the {} of the sentence above: that is what has happened so far, of all "
      "accounts. The curve says how many will have had one when they are followed to the end, if those that are still within "
      "their {} go on like those before them.",
      percent(end), percent(result.opportunity.comparison.treated.rate()),
      counted(outcomes.settings.window_days, "day"));
}

}  // namespace

std::string time_html(const Outcomes& outcomes, const QuestionResult& result) {
  Table table;
  table.title = "Share of accounts that had an opportunity, by days";
  table.columns = {"days", "treated", "95%_interval", "control", "95%_interval "};
  const auto add = [&](uint32_t days) {
    std::vector<Cell> cells = {int64_t{days}};
    for (const SurvivalCurve* const curve :
         {&result.to_opportunity.treated, &result.to_opportunity.kept_back}) {
      if (days > std::ceil(curve->longest)) {
        cells.resize(cells.size() + 2);
        continue;
      }
      const SurvivalPoint point = at_days(*curve, std::min<double>(days, curve->longest));
      cells.emplace_back(percent(1 - point.share));
      cells.emplace_back(range_percent({1 - point.interval.high, 1 - point.interval.low}));
    }
    table.rows.push_back(std::move(cells));
  };
  const uint32_t window = outcomes.settings.window_days;
  const double followed =
      std::max(result.to_opportunity.treated.longest, result.to_opportunity.kept_back.longest);
  const uint32_t last = std::min(window, static_cast<uint32_t>(std::max(0.0, std::ceil(followed))));
  for (const uint32_t days : {30u, 60u, 90u, 120u, 180u, 270u, 365u, 730u}) {
    if (days < last) add(days);
  }
  add(last);
  std::string test;
  if (result.to_opportunity.test.has_value()) {
    test = fmt::format(" As assigned, so this is a test: log-rank {}",
                       p_equation(result.to_opportunity.test->p));
    if (const auto& adjusted = result.to_opportunity.adjusted_p; adjusted.has_value())
      test += fmt::format(", adjusted for several comparisons {}", p_equation(*adjusted));
    test += '.';
  }
  return fmt::format(
             "<h4>Time to an opportunity</h4>\n<p class=\"about\">Share of accounts that had one so many days after their "
             "clock started (Kaplan and Meier 1958). An "
             "account that was followed for fewer days counts for as long as it was known of.{}{}</p>\n",
             escaped(test), why_curve_is_higher(outcomes, result)) +
         time_chart(outcomes, result) + table_html(table);
}

}  // namespace abm::measure
