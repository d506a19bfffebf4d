#include "measure/report/page_goals.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "measure/report/chart.h"
#include "measure/report/html.h"
#include "measure/report/remarks.h"
#include "measure/report/several.h"

namespace abm::measure {
namespace {

int64_t signed_of(uint64_t count) noexcept {
  return static_cast<int64_t>(count);
}

std::string counts_of(const Share& share) {
  return fmt::format("{} of {}", grouped(signed_of(share.hits)), grouped(signed_of(share.accounts)));
}

std::string p_equals(double p) {
  return p < 0.001 ? "&lt; 0.001" : "= " + p_value(p);
}

bool holds_zero(const Interval& interval) noexcept {
  return interval.low <= 0 && interval.high >= 0;
}

std::string share_chart(const GoalResult& goal) {
  const Comparison& all = goal.all;
  std::vector<IntervalRow> rows;
  rows.push_back({"Treated", all.treated.rate(), all.treated_interval,
                  fmt::format("{} ({})", percent(all.treated.rate()), counts_of(all.treated)), false});
  rows.push_back({"Control", all.kept_back.rate(), all.kept_back_interval,
                  fmt::format("{} ({})", percent(all.kept_back.rate()), counts_of(all.kept_back)), true});
  return interval_chart(rows, {.label = fmt::format("Share of accounts that reached {}, by arm", goal.goal),
                               .axis = "accounts that reached the goal, with 95% intervals (Wilson)",
                               .unit = "%",
                               .zero_line = false});
}

std::string difference_chart(const GoalResult& goal) {
  std::vector<IntervalRow> rows;
  const auto add = [&rows](std::string name, const Comparison& comparison, bool muted) {
    if (!comparison.difference.has_value()) return;
    rows.push_back({std::move(name), comparison.difference->estimate, comparison.difference->interval,
                    points(comparison.difference->estimate) + " points", muted});
  };
  add("All accounts", goal.all, false);
  for (const TierComparison& tier : goal.tiers) add(tier.tier, tier.comparison, true);
  if (rows.empty()) return {};
  return interval_chart(
      rows, {.label = fmt::format("Difference between treated and control at {}", goal.goal),
             .axis = "percentage points, treated minus control, with 95% intervals (Miettinen-Nurminen)",
             .unit = "",
             .zero_line = true});
}

/// Nobody has no share.
Cell rate_cell(const Share& share) {
  return share.accounts == 0 ? Cell() : Cell(share.rate());
}

/// The cells that rows of all comparisons share.
std::vector<Cell> comparison_cells(const Comparison& comparison) {
  std::vector<Cell> cells = {signed_of(comparison.treated.accounts), rate_cell(comparison.treated),
                             signed_of(comparison.kept_back.accounts), rate_cell(comparison.kept_back)};
  if (comparison.difference.has_value()) {
    cells.emplace_back(points(comparison.difference->estimate));
    cells.emplace_back(range_points(comparison.difference->interval));
    cells.emplace_back(p_value(comparison.difference->p));
    cells.push_back(comparison.adjusted_p.has_value() ? Cell(p_value(*comparison.adjusted_p)) : Cell());
  } else {
    cells.emplace_back("not enough data: " + comparison.lacks);
    cells.resize(cells.size() + 3);
  }
  return cells;
}

std::string tier_table(const GoalResult& goal) {
  Table table;
  table.title = "By tier at " + goal.goal;
  table.columns = {
      "tier", "treated", "treated_share", "control", "control_share", "difference_in_points", "95%_interval"};
  for (const TierComparison& tier : goal.tiers) {
    std::vector<Cell> cells = {tier.tier};
    for (Cell& cell : comparison_cells(tier.comparison)) cells.push_back(std::move(cell));
    cells.resize(cells.size() - 2);  // tests by tier were not planned: intervals say enough
    table.rows.push_back(std::move(cells));
  }
  return table_html(table);
}

std::string holdout_table(const Report& report) {
  Table table;
  table.title = "Rules with a holdout";
  table.columns = {"rule",
                   "goal",
                   "shown",
                   "shown_share",
                   "held_out",
                   "held_out_share",
                   "difference_in_points",
                   "95%_interval",
                   "p",
                   "adjusted_p"};
  for (const RuleResult& rule : report.rules) {
    if (!rule.has_holdout) continue;
    std::vector<Cell> cells = {rule.rule, rule.goal};
    for (Cell& cell : comparison_cells(rule.all)) cells.push_back(std::move(cell));
    table.rows.push_back(std::move(cells));
  }
  return table_html(table,
                    {.empty = "No rule has a holdout in these lines (holdout: 10 in a rule makes one)."});
}

std::string variant_table(const Report& report) {
  Table table;
  table.title = "Variants";
  table.columns = {"rule", "variant", "goal", "accounts", "reached", "reached_share", "95%_interval"};
  for (const RuleResult& rule : report.rules) {
    for (const VariantShare& variant : rule.variants) {
      if (variant.variant.empty()) continue;
      table.rows.push_back({rule.rule, variant.variant, rule.goal, signed_of(variant.share.accounts),
                            signed_of(variant.share.hits), variant.share.rate(),
                            range_percent(variant.interval)});
    }
  }
  return table_html(table, {.empty = "No rule has variants in these lines."});
}

/// Which figures are for which look; "" where nothing is judged.
std::string looks_html(const Comparison& comparison) {
  if (!comparison.daily.has_value() || !comparison.daily->lacks.empty()) {
    if (!comparison.difference.has_value()) return {};
    return " This interval and p are for one look, on a day that was fixed beforehand.";
  }
  const std::string daily =
      fmt::format("<a href=\"#daily\">looks on any day</a>: p {}", p_equals(comparison.daily->p));
  if (!comparison.difference.has_value()) return fmt::format(" For {}.", daily);
  return fmt::format(" This interval and p are for one look, on a day that was fixed beforehand; for {}.",
                     daily);
}

std::string share_of(const Share& share) {
  if (share.accounts == 0) return "none yet";
  return fmt::format("{} ({})", percent(share.rate()), counts_of(share));
}

void add_daily_row(Table& table, const std::string& goal, std::string against, const DailyLook& look) {
  std::vector<Cell> cells = {goal, std::move(against)};
  if (look.lacks.empty()) {
    const bool has_interval = look.interval.has_value();
    cells.emplace_back(share_of(look.treated));
    cells.emplace_back(share_of(look.kept_back));
    cells.push_back(has_interval ? Cell(points(look.treated.rate() - look.kept_back.rate())) : Cell());
    cells.push_back(has_interval ? Cell(range_points(*look.interval)) : Cell());
    cells.emplace_back(p_value(look.p));
    cells.push_back(look.adjusted_p.has_value() ? Cell(p_value(*look.adjusted_p)) : Cell());
    cells.push_back(has_interval ? Cell() : Cell("no interval: " + look.interval_lacks));
  } else {
    cells.resize(table.columns.size() - 1);
    cells.emplace_back("not judged: " + look.lacks);
  }
  table.rows.push_back(std::move(cells));
}

std::string daily_table(const Report& report) {
  Table table;
  table.title = "May be looked at every day";
  table.columns = {"goal",
                   "against",
                   "treated",
                   "kept_back",
                   "difference_in_points",
                   "95%_on_all_days",
                   "anytime_p",
                   "adjusted_anytime_p",
                   "remark"};
  for (const GoalResult& goal : report.goals) {
    if (goal.all.daily.has_value() && can_be_reached(report, goal))
      add_daily_row(table, goal.goal, "control", *goal.all.daily);
  }
  for (const RuleResult& rule : report.rules) {
    if (rule.all.daily.has_value())
      add_daily_row(table, rule.goal, "holdout of " + rule.rule, *rule.all.daily);
  }
  const auto all_lack = [&table](size_t column) {
    return std::all_of(table.rows.begin(), table.rows.end(), [column](const std::vector<Cell>& row) {
      return std::holds_alternative<std::monostate>(row[column]);
    });
  };
  for (size_t column = table.columns.size(); column-- > 0;) {
    if (!all_lack(column)) continue;
    const auto at = static_cast<ptrdiff_t>(column);
    table.columns.erase(table.columns.begin() + at);
    for (std::vector<Cell>& row : table.rows) row.erase(row.begin() + at);
  }
  return table_html(table, {.empty = "No goal was compared."});
}

/// Which comparison was meant; "" if none was declared and there is only one.
std::string several_html(const Report& report) {
  const size_t others = adjusted_count(report);
  const Primary& primary = report.primary;
  if (report.goals.empty() || (!primary.is_declared() && report.goals.size() == 1 && others == 0)) return {};
  std::string out = "<p class=\"about\">";
  if (primary.is_declared()) {
    out += fmt::format(
        "<code>{}</code> is the primary {}, as <code>primary</code> of site.yaml declares since {} (generation {}, {}): its p "
        "stands as it is.",
        escaped(primary.goal.empty() ? primary.outcome : primary.goal),
        primary.goal.empty() ? "outcome" : "goal", format_rfc3339(primary.since).substr(0, 10),
        primary.generation, format_rfc3339(primary.published).substr(0, 10));
  } else {
    out += fmt::format(
        "<code>{}</code> was named first and is taken for the primary goal: its p stands as it is. It was not declared "
        "beforehand (<code>primary</code> in site.yaml), so nobody but you can know that it was chosen before looking.",
        escaped(report.goals.front().goal));
  }
  if (others > 0) {
    out += fmt::format(
        " Each other goal, and each rule against its holdout, is one more chance to be wrong: their p ({}) is adjusted as "
        "Benjamini and Hochberg (1995) do it, and their anytime p as Wang and Ramdas (2022) do it. Of those that are then "
        "below 0.05, one in twenty is expected to be a false alarm at most. Intervals are those of each comparison by "
        "itself.",
        counted(static_cast<int64_t>(others), "comparison"));
  }
  return out + "</p>\n";
}

std::string daily_section(const Report& report) {
  const std::string days = report.plan.days == 1 ? "day" : fmt::format("{} days", report.plan.days);
  return fmt::format(
             "<h3 id=\"daily\">May be looked at every day</h3>\n"
             "<p class=\"about\">The intervals and p values elsewhere on this page are for one look, on a day that was "
             "fixed beforehand. These may be looked at every day, and you may stop on any of them: without a difference, "
             "anytime p is ever below 0.05 in one of twenty programmes at most, and the interval holds on all days at "
             "once. They are slower in return. Adjusted anytime p are of the evidence that there is now: act on one on the day "
             "that you look. They count the accounts whose first {0} are over, and whether anyone from "
             "such an account reached the goal in its first {0}. They hold as long as the goal, these days "
             "(<code>--within</code>), the first day (<code>--from</code>) and the share that is kept back stay what they "
             "were.</p>\n",
             days) +
         daily_table(report);
}

}  // namespace

bool can_be_reached(const Report& report, const GoalResult& goal) noexcept {
  return std::none_of(report.goal_pages.begin(), report.goal_pages.end(),
                      [&](const GoalPages& pages) { return pages.goal == goal.goal && pages.pages == 0; });
}

std::string verdict_html(const GoalResult& goal) {
  const Comparison& all = goal.all;
  const std::string name = fmt::format("<code>{}</code>", escaped(goal.goal));
  if (!all.difference.has_value()) {
    return fmt::format(
        "<p class=\"verdict lacks\"><strong>Not enough data</strong> "
        "to say what personalization did for {}: {}.{}</p>\n",
        name, escaped(all.lacks), looks_html(all));
  }
  const Difference& difference = *all.difference;
  const std::string shares = fmt::format("{} of treated accounts reached it, {} of the control group",
                                         percent(all.treated.rate()), percent(all.kept_back.rate()));
  const std::string adjusted =
      all.adjusted_p.has_value()
          ? fmt::format("; adjusted for several comparisons, p {}", p_equals(*all.adjusted_p))
          : "";
  const std::string interval =
      fmt::format("{} percentage points (95% interval {}, p {}{})", points(difference.estimate),
                  range_points(difference.interval), p_equals(difference.p), adjusted);
  if (holds_zero(difference.interval)) {
    return fmt::format(
        "<p class=\"verdict\"><strong>No difference can be shown</strong> at "
        "{}: {}. The difference is {}. With this many accounts, four out of "
        "five experiments would have found a true difference of {} points.{}</p>\n",
        name, shares, interval, points(all.detectable), looks_html(all));
  }
  const auto treated = static_cast<double>(all.treated.accounts);
  const auto accounts = [treated](double share) { return grouped(std::llround(std::fabs(share) * treated)); };
  const bool more = difference.estimate > 0;
  const double low = std::min(std::fabs(difference.interval.low), std::fabs(difference.interval.high));
  const double high = std::max(std::fabs(difference.interval.low), std::fabs(difference.interval.high));
  const bool may_be_chance = all.adjusted_p.value_or(0) >= 0.05;
  return fmt::format(
      "<p class=\"verdict{}\"><strong>{} accounts reached {} with personalization{}</strong>: "
      "{}. The difference is {}: about {} {} accounts than without (between {} and {}).{}</p>\n",
      may_be_chance ? "" : " effect", more ? "More" : "Fewer", name,
      may_be_chance ? ", but that may be chance" : "", shares, interval, accounts(difference.estimate),
      more ? "more" : "fewer", accounts(low), accounts(high), looks_html(all));
}

std::string goals_section(const Report& report) {
  std::string out = "<section id=\"effect\"><h2>Did it work?</h2>\n";
  if (report.goals.empty()) {
    out +=
        "<p class=\"verdict lacks\">No comparison: no goal page was named (<code>--goal "
        "/demo</code>), or no account with an arm was seen in this period.</p>\n";
  }
  out += several_html(report);
  for (const GoalPages& goal : report.goal_pages) {
    if (goal.pages == 0)
      out += fmt::format("<p class=\"verdict lacks\">{}</p>\n", escaped(goal_remark(goal)));
  }
  for (const GoalResult& goal : report.goals) {
    if (!can_be_reached(report, goal)) continue;
    out += fmt::format("<h3>Accounts that reached <code>{}</code></h3>\n", escaped(goal.goal));
    out += share_chart(goal) + difference_chart(goal) + tier_table(goal);
  }
  if (!report.goals.empty()) out += daily_section(report);
  if (!report.rules.empty()) {
    out +=
        "<h3>Rules against their holdouts</h3>\n"
        "<p class=\"about\">Of the accounts that a rule had won a slot "
        "for, outside the control group: those that were shown it "
        "against those held out, from the first such visit on.</p>\n" +
        holdout_table(report);
    out +=
        "<h3>Variants</h3>\n"
        "<p class=\"about\">Accounts by the variant they are "
        "assigned to, with Wilson's 95% interval each.</p>\n" +
        variant_table(report);
  }
  return out + "</section>\n";
}

}  // namespace abm::measure
