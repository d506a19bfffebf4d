#include "measure/report/sample_ratio.h"

#include <cmath>
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

SampleRatio judged(const Table& table, size_t row, const Plan& plan) {
  SampleRatio ratio;
  ratio.rule = table.text(row, "rule");
  ratio.treated = static_cast<uint64_t>(table.integer(row, "treated"));
  ratio.kept_back = static_cast<uint64_t>(table.integer(row, "kept_back"));
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

}  // namespace

bool is_alarm(const SampleRatio& ratio) noexcept {
  return ratio.lacks.empty() && ratio.fit.p < kSampleRatioAlarm;
}

std::vector<SampleRatio> judge_sample_ratios(Table& table, const Plan& plan) {
  std::vector<SampleRatio> ratios;
  std::vector<std::vector<Cell>> rows;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    SampleRatio ratio = judged(table, i, plan);
    if (!ratio.rule.empty() && ratio.planned == 0 && ratio.kept_back == 0) continue;
    std::vector<Cell>& row = rows.emplace_back(std::move(table.rows[i]));
    if (ratio.lacks.empty()) {
      const double expected = ratio.planned * static_cast<double>(ratio.treated + ratio.kept_back);
      row.insert(row.end(), {ratio.planned, std::round(expected * 10) / 10, ratio.fit.p,
                             is_alarm(ratio) ? Cell("not as planned") : Cell()});
    } else {
      row.insert(row.end(), {ratio.planned > 0 ? Cell(ratio.planned) : Cell(), Cell(), Cell(),
                             "not judged: " + ratio.lacks});
    }
    ratios.push_back(std::move(ratio));
  }
  table.rows = std::move(rows);
  table.columns.insert(table.columns.end(), {"planned_share", "expected_kept_back", "p", "remark"});
  return ratios;
}

std::string alarm_text(const SampleRatio& ratio) {
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
      ratio.rule.empty() ? "another salt or percentage of control" : "another percentage or name of the rule",
      ratio.rule.empty() ? " (--control says what was planned then)" : "");
}

}  // namespace abm::measure
