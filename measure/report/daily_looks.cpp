#include "measure/report/daily_looks.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace abm::measure {
namespace {

/// Accounts of one comparison.
struct Followed {
  std::vector<FollowedAccount> accounts;
  int64_t changed = 0;
  bool without_times = false;  ///< a query of one's own that has no since_ms
};

void follow(Followed& followed, const Table& rows, size_t row, bool treated) {
  const Cell& since = rows.at(row, "since_ms");
  const Cell& reached = rows.at(row, "reached_ms");
  followed.without_times = followed.without_times || !std::holds_alternative<int64_t>(since);
  followed.changed += rows.integer(row, "changed");
  FollowedAccount& account = followed.accounts.emplace_back();
  account.since_ms = rows.integer(row, "since_ms");
  account.id = rows.text(row, "account");
  account.treated = treated;
  if (const auto* at = std::get_if<int64_t>(&reached)) account.reached_ms = *at;
}

DailyLook judge(Followed followed, Lot lot, const Plan& plan, int64_t known_until_ms) {
  lot.changed = followed.without_times ? 0 : followed.changed;
  DailyLook look;
  look.lacks = lot_lacks(lot);
  if (look.lacks.empty() && followed.without_times)
    look.lacks = "the query of one's own has no since_ms and reached_ms";
  if (!look.lacks.empty()) return look;
  return look_at(std::move(followed.accounts), *lot.planned, plan.days, plan.accounts, known_until_ms);
}

/// `rule`: "" for the control group.
bool is_off(const Report& report, std::string_view rule) noexcept {
  return std::any_of(report.sample_ratios.begin(), report.sample_ratios.end(),
                     [rule](const SampleRatio& ratio) { return ratio.rule == rule && is_alarm(ratio); }) ||
         (rule.empty() && is_control_doubtful(report.sample_ratios, report.soundness));
}

}  // namespace

void look_daily(Report& report, int64_t known_until_ms) {
  const Plan& plan = report.plan;
  std::map<std::string, Followed, std::less<>> by_goal;
  const Table& of_goals = find_table(report.tables, "goal_accounts");
  for (size_t i = 0; i < of_goals.rows.size(); ++i)
    follow(by_goal[std::string(of_goals.text(i, "goal"))], of_goals, i, of_goals.text(i, "arm") != "control");
  for (GoalResult& goal : report.goals) {
    goal.all.daily = judge(std::move(by_goal[goal.goal]),
                           {.planned = plan.control,
                            .unknown = "the planned share of the control group is not known: name the "
                                       "published site, or say --control PERCENT",
                            .nobody = "no control group is planned (the published rules, or --control)",
                            .is_off = is_off(report, "")},
                           plan, known_until_ms);
  }
  std::map<std::pair<std::string, std::string>, Followed> by_rule;
  const Table& of_rules = find_table(report.tables, "rule_accounts");
  for (size_t i = 0; i < of_rules.rows.size(); ++i) {
    follow(by_rule[{std::string(of_rules.text(i, "goal")), std::string(of_rules.text(i, "rule"))}], of_rules,
           i, of_rules.integer(i, "held_out") == 0);
  }
  for (RuleResult& rule : report.rules) {
    if (!rule.has_holdout) continue;
    std::optional<double> planned;
    if (plan.holdouts.has_value()) {
      if (const auto found = plan.holdouts->find(rule.rule); found != plan.holdouts->end())
        planned = found->second;
    }
    rule.all.daily =
        judge(std::move(by_rule[{rule.goal, rule.rule}]),
              {.planned = planned,
               .unknown = plan.holdouts.has_value()
                              ? "the published rules do not have this rule"
                              : "the planned share of the holdout is not known: name the published site",
               .nobody = "the published rule has no holdout",
               .is_off = is_off(report, rule.rule)},
              plan, known_until_ms);
  }
}

}  // namespace abm::measure
