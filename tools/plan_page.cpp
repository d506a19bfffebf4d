// The plan as a page to hand on: what can be shown, in a sentence, in curves, and in a table.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "measure/report/comparison.h"
#include "measure/report/html.h"
#include "measure/report/line_chart.h"
#include "measure/report/page_frame.h"
#include "tools/plan.h"

namespace abm::tools {
namespace {

using measure::escaped;

constexpr double kCurveStep = 0.02, kCurveEnd = 0.5;  // shares of the control group

/// The smallest effect by size of the control group, for one group of accounts at one rate.
measure::ChartLine curve_of(std::string name, uint64_t accounts, double base, const PlanQuestion& question) {
  measure::ChartLine line{.name = std::move(name), .points = {}};
  for (double share = kCurveStep; share <= kCurveEnd + 1e-9; share += kCurveStep) {
    measure::Trial trial{.alpha = question.alpha, .power = question.power};
    trial.control = static_cast<uint64_t>(std::llround(share * static_cast<double>(accounts)));
    trial.treated = accounts - trial.control;
    const measure::SmallestEffect effect = measure::smallest_effect(trial, base);
    if (effect.lacks.empty()) line.points.push_back({.x = share, .y = effect.rise, .band = {}});
  }
  return line;
}

std::string chart_of(const Plan& plan, const std::vector<measure::ChartLine>& lines, std::string label) {
  const std::string chart = measure::line_chart(
      lines,
      {.label = std::move(label),
       .x_axis =
           "share of accounts in the control group; vertical: the smallest effect that is found, in points",
       .y_unit = "",
       .x_is_day = false,
       .x_is_share = true,
       .reference = {},
       .reference_name = {},
       .mark = plan.control,
       .mark_name = plan.control.has_value() ? "yours, " + plan_percent(*plan.control) : ""});
  return chart.empty() ? "<p class=\"empty\">Not enough accounts for any of these.</p>\n" : chart;
}

/// One line for each horizon, and one for each tier at the last of them.
std::string curves(const Plan& plan) {
  const PlanQuestion& question = plan.question;
  const double rate = question.rates[(question.rates.size() - 1) / 2];
  const PlanHorizon& last = plan.horizons.back();
  const uint64_t all = last.groups.front().group.accounts;
  std::vector<measure::ChartLine> by_days, by_group;
  for (const PlanHorizon& horizon : plan.horizons)
    by_days.push_back(curve_of(fmt::format("{} days", horizon.days), all,
                               rate_in(rate, horizon.days, question.rate_days), question));
  std::string out = fmt::format(
      "<h3>By size of the control group, and how long it runs</h3>\n<p class=\"about\">All {} accounts, {} of which reach the "
      "goal in {} days without personalization. A longer programme shows smaller effects only where few reach the goal "
      "early: more accounts reach it in both arms. A curve begins where the control group can be compared: {} accounts, {:.0f} of "
      "which are expected to reach the goal, and as many to miss it. Its steps and dips are those of whole accounts.</p>\n",
      measure::grouped(static_cast<int64_t>(all)), plan_percent(rate), question.rate_days,
      measure::kFewestAccounts, measure::kFewestExpected);
  out += chart_of(plan, by_days, "The smallest effect by size of the control group and length");
  if (last.groups.size() < 2) return out;
  for (const PlanGroup& group : last.groups) {
    by_group.push_back(curve_of(group.group.name, group.group.accounts,
                                rate_in(rate, last.days, question.rate_days), question));
  }
  out += fmt::format("<h3>By tier, in {} days</h3>\n", last.days);
  return out + chart_of(plan, by_group, "The smallest effect by size of the control group and tier");
}

/// Groups and sizes of the control group with which nothing is ever compared: they are in no table.
std::string too_small(const Plan& plan) {
  std::string items;
  for (const PlanGroup& group : plan.horizons.front().groups) {
    std::string shares;
    const PlanLine* last = nullptr;
    for (const PlanLine& line : group.lines) {
      if (line.lacks.empty()) continue;
      shares += fmt::format("{}{}{}", last == nullptr ? "" : ", ", plan_percent(line.share),
                            line.drawn ? " *" : "");
      last = &line;
    }
    if (last == nullptr) continue;
    const bool is_hopeless = group.group.accounts < 2 * measure::kFewestAccounts;
    items += fmt::format(
        "<li>{} ({}): {}</li>\n", escaped(group.group.name), group.group.accounts,
        is_hopeless
            ? fmt::format("too few accounts for any control group, {} are needed",
                          2 * measure::kFewestAccounts)
            : fmt::format(
                  "not with a control group of {}, but with one of {:.0f} to {:.0f} %", shares,
                  std::ceil(100.0 * measure::kFewestAccounts / static_cast<double>(group.group.accounts)),
                  std::floor(100.0 -
                             100.0 * measure::kFewestAccounts / static_cast<double>(group.group.accounts))));
  }
  if (items.empty()) return {};
  return fmt::format(
      "<p class=\"about\">Not in the tables, since no group of fewer than {} accounts is ever compared:</p>\n<ul "
      "class=\"about\">\n{}</ul>\n",
      measure::kFewestAccounts, items);
}

std::string table_of(const PlanHorizon& horizon) {
  measure::Table table;
  table.title = fmt::format("In {} days", horizon.days);
  table.columns = {"accounts", "control_group", "control", "treated"};
  for (const double base : horizon.bases)
    table.columns.push_back(fmt::format("{}_anyway", plan_percent(std::round(base * 1e3) / 1e3)));
  for (const PlanGroup& group : horizon.groups) {
    for (const PlanLine& line : group.lines) {
      if (!line.lacks.empty()) continue;  // too_small() says so once
      std::vector<measure::Cell> row = {fmt::format("{} ({})", group.group.name, group.group.accounts),
                                        plan_percent(line.share) + (line.drawn ? " *" : ""),
                                        static_cast<int64_t>(line.trial.control),
                                        static_cast<int64_t>(line.trial.treated)};
      for (const measure::SmallestEffect& effect : line.effects)
        row.push_back(effect.lacks.empty() ? measure::Cell(rise_text(effect)) : measure::Cell());
      table.rows.push_back(std::move(row));
    }
  }
  return fmt::format("<h3>{}</h3>\n", table.title) +
         measure::table_html(
             table, {.max_rows = 1000, .empty = "Not enough accounts for any of these.", .is_daily = false});
}

}  // namespace

std::string plan_page(const Plan& plan) {
  const PlanQuestion& question = plan.question;
  std::string out = measure::open_page("What can be shown", true);
  out += fmt::format("<header><h1>What can be shown</h1>\n<p class=\"quiet\">{}</p>\n",
                     plan.source.empty() ? "before the start" : escaped(plan.source));
  out += fmt::format("<p class=\"verdict{}\">{}</p>\n</header>\n<main>\n",
                     plan_example(plan).has_value() ? "" : " lacks", escaped(plan_sentence(plan)));
  out +=
      "<section><h2>The smallest effect</h2>\n" + curves(plan) + "</section>\n<section><h2>In figures</h2>\n";
  out += fmt::format(
      "<p class=\"about\">The smallest rise in the share of accounts that reach the goal, in points, that is found with a "
      "probability of {} (two-sided level {}), by the size of the control group and the share that reaches the goal anyway. "
      "*: the control group of the site’s rules, as it is drawn. –: fewer than {:.0f} accounts of a group would be expected "
      "to reach the goal, or to miss it.</p>\n",
      plan_percent(question.power), plan_percent(question.alpha), measure::kFewestExpected);
  out += too_small(plan);
  for (const PlanHorizon& horizon : plan.horizons) out += table_of(horizon);
  out += fmt::format(
      "</section>\n<section><h2>How to read this</h2>\n<p>An account reaches a goal if anybody from it does. All accounts are "
      "taken to come: the report counts those that did, so for half of them, plan with half. What is reached in other times "
      "than {} days is 1 − (1 − share)<sup>days ÷ {}</sup>, as if all accounts were alike; they are not, so fewer reach it in "
      "a longer time. Groups of fewer than {} accounts are never compared. The figures are exact for the report’s own test "
      "(“N−1” chi-squared), by sums over both binomial distributions (Suissa and Shuster 1985).</p></section>\n",
      question.rate_days, question.rate_days, measure::kFewestAccounts);
  return out + "</main>\n<footer>Made by <code>abmctl plan</code>. No data left this page.</footer>\n" +
         measure::close_page(true);
}

}  // namespace abm::tools
