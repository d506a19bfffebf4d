#include "measure/report/outcome_charts.h"

#include <fmt/format.h>

#include "measure/report/chart.h"
#include "measure/report/html.h"

namespace abm::measure {

std::string funnel_html(const QuestionResult& result) {
  std::vector<IntervalRow> rows;
  for (const auto& [name, comparison] :
       {std::pair<std::string_view, const Comparison&>{"opportunity", result.opportunity.comparison},
        std::pair<std::string_view, const Comparison&>{"deal won", result.won.comparison}}) {
    rows.push_back({fmt::format("{}, treated", name), comparison.treated.rate(), comparison.treated_interval,
                    percent(comparison.treated.rate()), false});
    rows.push_back({fmt::format("{}, control", name), comparison.kept_back.rate(),
                    comparison.kept_back_interval, percent(comparison.kept_back.rate()), true});
  }
  return interval_chart(rows, {.label = "Share of accounts with an opportunity and with a deal won, by arm",
                               .axis = "accounts, with 95% intervals (Wilson)",
                               .unit = "%",
                               .zero_line = false});
}

std::string amount_html(const Outcomes&, const QuestionResult&) {
  return {};
}

std::string time_chart(const Outcomes&, const QuestionResult&) {
  return {};
}

}  // namespace abm::measure
