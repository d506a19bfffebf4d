#include "measure/report/sample_ratio.h"

#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "measure/report/html.h"

namespace abm::measure {
namespace {

std::optional<double> planned_share(const std::string& rule, const Plan& plan) {
  if (rule.empty()) return plan.control;
  if (!plan.holdouts.has_value()) return std::nullopt;
  const auto found = plan.holdouts->find(rule);
  return found == plan.holdouts->end() ? std::nullopt : std::optional(found->second);
}

SampleRatio judged(SampleRatio ratio, const Plan& plan) {
  const auto planned = planned_share(ratio.rule, plan);
  ratio.planned = planned.value_or(0);
  if (plan.accounts == 0) {
    ratio.lacks = "there is no account list";
  } else if (!planned.has_value()) {
    ratio.lacks = "the planned share is not known";
  } else if (*planned <= 0 || *planned >= 1) {
    ratio.lacks = *planned <= 0 ? "none is planned" : "all are to be kept back";
  } else {
    ratio.fit = fit_to_plan({{ratio.treated, 1 - *planned}, {ratio.kept_back, *planned}});
    if (ratio.fit.fewest_expected < kFewestInArm)
      ratio.lacks = fmt::format("fewer than {:.0f} accounts are to be expected in one arm", kFewestInArm);
  }
  return ratio;
}

std::vector<Cell> cells_after(const SampleRatio& ratio) {
  const Cell of = ratio.of_listed      ? "all that are listed"
                  : ratio.rule.empty() ? "those that came"
                                       : "those it won a slot for";
  if (!ratio.lacks.empty())
    return {ratio.planned > 0 ? Cell(ratio.planned) : Cell(), Cell(), Cell(), "not judged: " + ratio.lacks,
            of};
  const double expected = ratio.planned * static_cast<double>(ratio.treated + ratio.kept_back);
  return {ratio.planned, std::round(expected * 10) / 10, ratio.fit.p,
          is_alarm(ratio) ? Cell("not as planned") : Cell(), of};
}

/// The lot itself, whoever came: the salt or the list is to blame.
std::string listed_alarm_text(const SampleRatio& ratio) {
  const uint64_t all = ratio.treated + ratio.kept_back;
  return fmt::format(
      "Of all {} listed accounts, the published rules put {} into the control group, where {:.0f} were to be expected ({}, "
      "chi-squared p {}). No visit has a part in it. One salt in a thousand draws so by chance; otherwise the list was "
      "chosen with the arms in view, or --control is not what the rules say. Do not believe comparisons with the control "
      "group; before a start, choose another salt.",
      grouped(static_cast<int64_t>(all)), grouped(static_cast<int64_t>(ratio.kept_back)),
      ratio.planned * static_cast<double>(all), percent(ratio.planned),
      ratio.fit.p < 0.001 ? "< 0.001" : "= " + p_value(ratio.fit.p));
}

}  // namespace

bool is_alarm(const SampleRatio& ratio) noexcept {
  return ratio.lacks.empty() && ratio.fit.p < kSampleRatioAlarm;
}

std::vector<SampleRatio> judge_sample_ratios(Table& table, const Plan& plan) {
  std::vector<SampleRatio> ratios;
  std::vector<std::vector<Cell>> rows;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    SampleRatio ratio;
    ratio.rule = table.text(i, "rule");
    ratio.treated = static_cast<uint64_t>(table.integer(i, "treated"));
    ratio.kept_back = static_cast<uint64_t>(table.integer(i, "kept_back"));
    ratio = judged(std::move(ratio), plan);
    if (!ratio.rule.empty() && ratio.planned == 0 && ratio.kept_back == 0) continue;
    ratios.push_back(std::move(ratio));
    rows.push_back(std::move(table.rows[i]));
  }
  if (plan.drawn.has_value()) {
    SampleRatio ratio;
    ratio.of_listed = true;
    ratio.treated = plan.drawn->treated;
    ratio.kept_back = plan.drawn->control;
    ratios.push_back(judged(std::move(ratio), plan));
    std::vector<Cell>& row = rows.emplace_back();
    for (const std::string& column : table.columns) {
      row.push_back(column == "treated"     ? Cell(static_cast<int64_t>(plan.drawn->treated))
                    : column == "kept_back" ? Cell(static_cast<int64_t>(plan.drawn->control))
                                            : Cell());
    }
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    std::vector<Cell> after = cells_after(ratios[i]);
    rows[i].insert(rows[i].end(), std::make_move_iterator(after.begin()),
                   std::make_move_iterator(after.end()));
  }
  table.rows = std::move(rows);
  table.columns.insert(table.columns.end(),
                       {"planned_share", "expected_kept_back", "p", "remark", "accounts"});
  return ratios;
}

std::string alarm_text(const SampleRatio& ratio) {
  if (ratio.of_listed) return listed_alarm_text(ratio);
  const uint64_t all = ratio.treated + ratio.kept_back;
  const bool fewer = static_cast<double>(ratio.kept_back) < ratio.planned * static_cast<double>(all);
  const std::string group = ratio.rule.empty() ? "control group" : "holdout of rule " + ratio.rule;
  return fmt::format(
      "{} accounts than planned are in the {}: {} of {} listed accounts that {}, where {:.0f} were to be "
      "expected ({}, chi-squared p {}). Do not believe its comparisons until you know the cause. Likely ones: a "
      "cache that answers for {} pages, so that their visits leave no line; robots that are taken for people; "
      "logs of one node that were not read; {} within the period, or since these visits{}.",
      fewer ? "Fewer" : "More", group, grouped(static_cast<int64_t>(ratio.kept_back)),
      grouped(static_cast<int64_t>(all)), ratio.rule.empty() ? "came" : "it won a slot for",
      ratio.planned * static_cast<double>(all), percent(ratio.planned),
      ratio.fit.p < 0.001 ? "< 0.001" : "= " + p_value(ratio.fit.p), fewer ? "original" : "personalized",
      ratio.rule.empty() ? "another salt, percentage or by of control"
                         : "another percentage or name of the rule",
      ratio.rule.empty() ? " (--control says what was planned then)" : "");
}

}  // namespace abm::measure
