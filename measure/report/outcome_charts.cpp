#include "measure/report/outcome_charts.h"

#include <vector>

#include <fmt/format.h>

#include "measure/report/chart.h"
#include "measure/report/html.h"
#include "measure/report/money_text.h"
#include "measure/report/survival_chart.h"

namespace abm::measure {

std::string funnel_html(const QuestionResult& result) {
  const auto arm = [&result](std::string name, const Share& with, const Share& won, bool muted) {
    return FunnelArm{std::move(name),
                     {static_cast<int64_t>(with.accounts), static_cast<int64_t>(with.hits),
                      static_cast<int64_t>(won.hits)},
                     muted};
  };
  const Comparison& with = result.opportunity.comparison;
  const Comparison& won = result.won.comparison;
  return funnel_chart(
      {arm("treated", with.treated, won.treated, false), arm("control", with.kept_back, won.kept_back, true)},
      {.label = "Accounts with an opportunity and with a deal won, by arm",
       .axis = "share of all accounts of the arm",
       .steps = {"accounts", "with an opportunity", "with a deal won"}});
}

std::string amount_html(const Outcomes& outcomes, const QuestionResult& result) {
  std::vector<IntervalRow> rows;
  const std::string& currency = outcomes.set.currency;
  for (const auto& [name, money] :
       {std::pair<std::string_view, const MoneyComparison&>{"created", result.amount.comparison},
        std::pair<std::string_view, const MoneyComparison&>{"won", result.won_amount.comparison}}) {
    if (!money.interval_lacks.empty()) continue;
    rows.push_back({fmt::format("{}, treated", name), money.treated.mean, money.treated_interval,
                    money_text(currency, money.treated.mean), false});
    rows.push_back({fmt::format("{}, control", name), money.kept_back.mean, money.kept_back_interval,
                    money_text(currency, money.kept_back.mean), true});
  }
  if (rows.empty()) return {};
  return amount_chart(rows,
                      {.label = "Amount per account, created and won, by arm",
                       .axis = "mean per account, those without an opportunity included, with 95% intervals",
                       .currency = currency,
                       .zero_line = false});
}

std::string parts_chart(const QuestionResult& result) {
  std::vector<IntervalRow> rows;
  const auto add = [&rows](const std::vector<Part>& parts, bool muted) {
    for (const Part& part : parts) {
      const auto& difference = part.opportunity.difference;
      if (!difference.has_value()) continue;
      rows.push_back({part.name, difference->estimate, difference->interval,
                      points(difference->estimate) + " points", muted});
    }
  };
  add(result.tiers, false);
  add(result.segments, true);
  if (rows.empty()) return {};
  return interval_chart(
      rows, {.label = "Difference in the share of accounts with an opportunity, by tier and segment",
             .axis = "percentage points, treated minus control, with 95% intervals (Miettinen-Nurminen)",
             .unit = "",
             .zero_line = true});
}

std::string time_chart(const Outcomes& outcomes, const QuestionResult& result) {
  const TimeOutcome& time = result.to_opportunity;
  if (time.treated.happened + time.kept_back.happened == 0) return {};
  return survival_chart(
      {{"treated", time.treated, false}, {"control", time.kept_back, true}},
      {.label = "Share of accounts that had an opportunity, by days since their clock started",
       .axis = result.question == Question::kCame ? "days since the first visit" : "days since the start",
       .happened = true,
       .until_days = static_cast<double>(outcomes.settings.window_days),
       .at_risk_name = "still without"});
}

}  // namespace abm::measure
