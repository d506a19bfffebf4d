#include "tools/plan.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "measure/report/comparison.h"
#include "rules/match/lot.h"

namespace abm::tools {
namespace {

using measure::kFewestAccounts;
constexpr accounts::Tier kPlannedTiers[] = {accounts::Tier::kOneToOne, accounts::Tier::kOneToFew,
                                            accounts::Tier::kOneToMany, accounts::Tier::kUntiered};

std::string two_groups_need() {
  return fmt::format("two groups of {} need {}", kFewestAccounts, 2 * kFewestAccounts);
}

/// Why there are not enough accounts for groups of these sizes, and what share would do; "" if there are.
std::string what_would_do(const ListedGroup& group, const PlanLine& line) {
  if (measure::groups_lack(line.trial).empty()) return {};
  if (group.accounts < 2 * kFewestAccounts) return two_groups_need();
  const auto least = static_cast<uint64_t>(
      std::ceil(100.0 * static_cast<double>(kFewestAccounts) / static_cast<double>(group.accounts)));
  const bool control_lacks = line.trial.control < kFewestAccounts;
  return fmt::format("{} of {} {} {}{}, {} are needed: about {} % would do", plan_percent(line.share),
                     group.accounts, control_lacks ? "are" : "leave",
                     control_lacks ? line.trial.control : line.trial.treated, line.drawn ? " as drawn" : "",
                     kFewestAccounts, control_lacks ? least : 100 - least);
}

PlanLine make_line(const PlanQuestion& question, const std::vector<double>& bases, const ListedGroup& group,
                   double share, bool drawn) {
  PlanLine line{.share = share, .drawn = drawn, .trial = {}, .lacks = {}, .effects = {}};
  line.trial.control = drawn
                           ? group.control
                           : static_cast<uint64_t>(std::llround(share * static_cast<double>(group.accounts)));
  line.trial.treated = group.accounts - line.trial.control;
  line.trial.alpha = question.alpha;
  line.trial.power = question.power;
  line.lacks = what_would_do(group, line);
  if (!line.lacks.empty()) return line;
  for (const double base : bases) line.effects.push_back(measure::smallest_effect(line.trial, base));
  return line;
}

/// "5 %, 10 %".
std::string rates_text(const PlanQuestion& question) {
  std::string text;
  for (const double rate : question.rates)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", plan_percent(rate));
  return text;
}

void append_group(std::string& text, const PlanGroup& group) {
  text += fmt::format("\n{}, {} account{}\n", group.group.name, group.group.accounts,
                      group.group.accounts == 1 ? "" : "s");
  if (group.group.accounts < 2 * kFewestAccounts) {
    text += fmt::format("  not enough accounts: {}\n", two_groups_need());
    return;
  }
  for (const PlanLine& line : group.lines) {
    text += fmt::format("{:>8}{}", plan_percent(line.share), line.drawn ? "*" : " ");
    if (!line.lacks.empty()) {
      text += fmt::format(" not enough accounts: {}\n", line.lacks);
      continue;
    }
    text += fmt::format("{:>8}{:>9}", line.trial.control, line.trial.treated);
    for (const measure::SmallestEffect& effect : line.effects)
      text += fmt::format("{:>10}", rise_text(effect));
    text += '\n';
  }
}

/// Whether some line is of the site's own control group.
bool has_drawn(const PlanGroup& group) {
  return std::any_of(group.lines.begin(), group.lines.end(), [](const PlanLine& line) { return line.drawn; });
}

/// Whether some figure is missing although the groups are large enough.
bool has_gap(const PlanGroup& group) {
  return std::any_of(group.lines.begin(), group.lines.end(), [](const PlanLine& line) {
    return std::any_of(line.effects.begin(), line.effects.end(),
                       [](const measure::SmallestEffect& effect) { return !effect.lacks.empty(); });
  });
}

void write_horizon(JsonWriter<std::string>& json, const PlanHorizon& horizon, const PlanQuestion& question) {
  json.begin_object().key("days").number(horizon.days).key("groups").begin_array();
  for (const PlanGroup& group : horizon.groups) {
    json.begin_object().key("group").string(group.group.name).key("accounts").number(group.group.accounts);
    json.key("controls").begin_array();
    for (const PlanLine& line : group.lines) {
      json.begin_object().key("share").number(line.share).key("drawn").boolean(line.drawn);
      json.key("control").number(line.trial.control).key("treated").number(line.trial.treated);
      json.key("not_enough_accounts").string_or_null(line.lacks).key("effects").begin_array();
      for (size_t i = 0; i < line.effects.size(); ++i) {
        json.begin_object().key("rate").number(question.rates[i]).key("base").number(horizon.bases[i]);
        json.key("smallest_rise");
        line.effects[i].lacks.empty() ? json.number(line.effects[i].rise) : json.null();
        json.key("not_enough_accounts").string_or_null(line.effects[i].lacks).end_object();
      }
      json.end_array().end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
}

std::optional<PlanExample> example_of(const PlanHorizon& horizon, const PlanLine& line) {
  std::vector<size_t> shown;
  for (size_t i = 0; i < line.effects.size(); ++i) {
    if (line.effects[i].lacks.empty()) shown.push_back(i);
  }
  if (shown.empty()) return std::nullopt;
  const size_t at = shown[(shown.size() - 1) / 2];
  PlanExample example{.horizon = &horizon,
                      .line = &line,
                      .base = horizon.bases[at],
                      .rise = line.effects[at].rise,
                      .too_low = {}};
  for (size_t i = 0; i < horizon.bases.size(); ++i) {
    if (!line.effects[i].lacks.empty() && horizon.bases[i] < example.base)
      example.too_low.push_back(horizon.bases[i]);
  }
  return example;
}

/// "4 accounts", of the control group that the rules draw from all accounts.
std::string own_group_text(const Plan& plan) {
  for (const PlanLine& line : plan.horizons.front().groups.front().lines) {
    if (line.drawn)
      return fmt::format("{} account{}", line.trial.control, line.trial.control == 1 ? "" : "s");
  }
  return "none";
}

}  // namespace

Listed listed_in(const generation::Generation& generation) {
  const rules::Program& program = generation.rules();
  Listed listed;
  listed.source = fmt::format(
      "{}, feed version {}",
      generation.number() == 0 ? "not published" : fmt::format("generation {}", generation.number()),
      generation.accounts().feed_version());
  if (program.control_buckets() != 0) listed.control = program.control_buckets() / 10'000.0;
  listed.by_family = program.draws_by_family();
  ListedGroup all{.name = "all"};
  std::vector<ListedGroup> tiers(std::size(kPlannedTiers));
  const auto count = [&](accounts::Tier tier, std::string_view owner) {
    const auto place = std::find(std::begin(kPlannedTiers), std::end(kPlannedTiers), tier);
    for (ListedGroup* const group : {&all, &tiers[static_cast<size_t>(place - std::begin(kPlannedTiers))]}) {
      ++group->accounts;
      group->control += rules::in_control(program, owner) ? 1 : 0;
    }
  };
  // A family is one draw. Its tier is that of its topmost account, or of its first by id where that one draws
  // no lot: as the report says of listed families.
  std::unordered_map<std::string_view, accounts::AccountView> families;
  for (uint32_t i = 0; i < generation.accounts().size(); ++i) {
    const accounts::AccountView account = generation.accounts().at(i);
    if (account.excluded()) continue;
    const std::string_view owner = rules::lot_owner(program, account);
    if (!listed.by_family) {
      count(account.tier(), owner);
      continue;
    }
    const auto [told, fresh] = families.try_emplace(owner, account);
    const bool is_before = told->second.id() != owner && account.id() < told->second.id();
    if (!fresh && (account.id() == owner || is_before)) told->second = account;
  }
  for (const auto& [owner, account] : families) count(account.tier(), owner);
  listed.groups.push_back(all);
  for (size_t i = 0; i < tiers.size(); ++i) {
    tiers[i].name = accounts::to_string(kPlannedTiers[i]);
    if (tiers[i].accounts != 0 && tiers[i].accounts != all.accounts) listed.groups.push_back(tiers[i]);
  }
  return listed;
}

Listed listed_as(uint64_t accounts) {
  Listed listed;
  listed.groups.push_back({.name = "all", .accounts = accounts, .control = 0});
  return listed;
}

std::string plan_percent(double share) {
  return fmt::format("{:.4g} %", share * 100);
}

std::string rise_text(const measure::SmallestEffect& effect) {
  if (!effect.lacks.empty()) return "-";
  const double points = effect.rise * 100;
  return points < 1 ? fmt::format("+{:.2f}", std::ceil(points * 100 - 1e-6) / 100)
                    : fmt::format("+{:.1f}", std::ceil(points * 10 - 1e-6) / 10);
}

double rate_in(double rate, uint32_t days, uint32_t rate_days) noexcept {
  return 1 - std::pow(1 - rate, static_cast<double>(days) / rate_days);
}

Plan make_plan(const PlanQuestion& question, const Listed& listed) {
  Plan plan{.question = question,
            .source = listed.source,
            .control = listed.control,
            .by_family = listed.by_family,
            .horizons = {}};
  std::vector<double> shares = question.controls;
  if (listed.control.has_value()) shares.push_back(*listed.control);
  std::sort(shares.begin(), shares.end());
  shares.erase(std::unique(shares.begin(), shares.end()), shares.end());
  for (const uint32_t days : question.horizons) {
    PlanHorizon& horizon = plan.horizons.emplace_back(PlanHorizon{.days = days, .bases = {}, .groups = {}});
    for (const double rate : question.rates) horizon.bases.push_back(rate_in(rate, days, question.rate_days));
    for (const ListedGroup& group : listed.groups) {
      PlanGroup& planned = horizon.groups.emplace_back(PlanGroup{group, {}});
      for (const double share : shares)
        planned.lines.push_back(make_line(question, horizon.bases, group, share, listed.control == share));
    }
  }
  return plan;
}

std::optional<PlanExample> plan_example(const Plan& plan) {
  std::vector<const PlanHorizon*> horizons;
  for (const PlanHorizon& horizon : plan.horizons) horizons.push_back(&horizon);
  std::stable_partition(horizons.begin(), horizons.end(), [&plan](const PlanHorizon* horizon) {
    return horizon->days == plan.question.window;
  });
  for (const bool own : {true, false}) {
    for (const PlanHorizon* const horizon : horizons) {
      for (const PlanLine& line : horizon->groups.front().lines) {
        if (line.drawn != own) continue;
        if (auto example = example_of(*horizon, line); example.has_value()) return example;
      }
    }
  }
  return std::nullopt;
}

std::string plan_sentence(const Plan& plan) {
  const auto example = plan_example(plan);
  if (!example.has_value())
    return "So few accounts can show nothing: whatever personalization does, a comparison would not tell.";
  const auto of_hundred = [](double share) { return fmt::format("{:.4g}", std::round(share * 1000) / 10); };
  const auto at_least = [&](double share) { return of_hundred(std::ceil(share * 1000 - 1e-6) / 1000); };
  const uint64_t all = example->line->trial.control + example->line->trial.treated;
  std::string text;
  if (plan.control.has_value() && !example->line->drawn) {
    text = fmt::format("It is not possible with yours, a control group of {} ({}). ",
                       plan_percent(*plan.control), own_group_text(plan));
  }
  text += fmt::format(
      "If {} of 100 accounts reach the goal anyway in {} days, and {} of {} are kept back{}, personalization must bring {} of "
      "100 there to be noticed {} times in 100. A smaller effect would most likely look like none.",
      of_hundred(example->base), example->horizon->days, example->line->trial.control, all,
      example->line->drawn ? " as your rules have it" : "", at_least(example->base + example->rise),
      of_hundred(plan.question.power));
  std::string low;
  for (const double base : example->too_low)
    low += fmt::format("{}{}", low.empty() ? "" : " or ", of_hundred(base));
  if (!low.empty()) text += fmt::format(" If only {} of 100 do, so many accounts can show nothing.", low);
  return text;
}

std::string plan_text(const Plan& plan) {
  const PlanQuestion& question = plan.question;
  std::string text = plan.source.empty() ? "" : plan.source + "\n";
  text += fmt::format(
      "The smallest rise in the share of accounts that reach a goal, in points, that is found with a\n"
      "probability of {} (two-sided level {}), by the size of the control group:\n",
      plan_percent(question.power), plan_percent(question.alpha));
  bool any_drawn = false, any_gap = false;
  for (const PlanHorizon& horizon : plan.horizons) {
    text += fmt::format("\n{:>26}    accounts that reach the goal without personalization, in {} days\n", "",
                        horizon.days);
    text += "   share  control  treated";
    for (const double base : horizon.bases)
      text += fmt::format("{:>10}", plan_percent(std::round(base * 1e4) / 1e4));
    text += '\n';
    for (const PlanGroup& group : horizon.groups) append_group(text, group);
    any_drawn |= std::any_of(horizon.groups.begin(), horizon.groups.end(), has_drawn);
    any_gap |= std::any_of(horizon.groups.begin(), horizon.groups.end(), has_gap);
  }
  text += '\n';
  if (any_drawn) text += "* the control group of the site's rules, as it is drawn\n";
  if (any_gap) {
    text += fmt::format(
        "- not enough accounts: fewer than {:.0f} of a group would be expected to reach the goal, or to miss it\n",
        measure::kFewestExpected);
  }
  for (const PlanHorizon& horizon : plan.horizons) {
    if (horizon.days == question.rate_days) continue;
    text += fmt::format("{} in {} days, if all accounts are alike; as they differ, {} in {}\n",
                        rates_text(question), question.rate_days,
                        horizon.days > question.rate_days ? "fewer" : "more", horizon.days);
  }
  if (plan.by_family)
    text += "Arms are drawn by parent: a family is one account here, as in the report's comparisons.\n";
  text +=
      "All accounts are taken to come. The report counts those that did: for half of them, plan with half.\n";
  return text;
}

std::string plan_json(const Plan& plan) {
  std::string text;
  JsonWriter<std::string> json(text);
  json.begin_object().key("source").string_or_null(plan.source);
  json.key("alpha").number(plan.question.alpha).key("power").number(plan.question.power);
  json.key("rate_days").number(plan.question.rate_days).key("by_family").boolean(plan.by_family);
  json.key("says").string(plan_sentence(plan)).key("horizons").begin_array();
  for (const PlanHorizon& horizon : plan.horizons) write_horizon(json, horizon, plan.question);
  json.end_array().end_object();
  return text;
}

}  // namespace abm::tools
