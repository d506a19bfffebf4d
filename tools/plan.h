// What a list of accounts can show at all: the smallest effect by size of the control group, tier and base
// rate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generation/generation.h"
#include "measure/report/power.h"

namespace abm::tools {

inline constexpr uint32_t kRateDays = 30;  ///< the time that rates are of, if nothing else is said

struct PlanQuestion {
  std::vector<double> controls;  ///< shares of accounts, 0 to 1
  std::vector<double> rates;     ///< shares that reach the goal in rate_days days without personalization
  double alpha = 0.05;
  double power = 0.8;
  uint32_t rate_days = kRateDays;
  std::vector<uint32_t> horizons = {kRateDays};  ///< lengths of the programme in days, ascending
  std::optional<uint32_t>
      window;  ///< the horizon that was meant: `outcomes: window:` of the site, or the only one
};

/// Accounts that are compared with one another. Excluded ones are not among them.
struct ListedGroup {
  std::string name;  ///< a tier, or "all"
  uint64_t accounts = 0;
  uint64_t control = 0;  ///< of these, in the site's control group
};

struct Listed {
  std::string source;               ///< "generation 3, feed version 12"; "": a number that somebody named
  std::vector<ListedGroup> groups;  ///< "all" first, then the tiers that have accounts, if there are several
  std::optional<double> control;    ///< the share that the site's rules name
  bool by_family = false;           ///< a family that draws one lot counts as one account
};

/// The accounts of a generation, with their arms.
[[nodiscard]] Listed listed_in(const generation::Generation& generation);
/// So many accounts of no tier.
[[nodiscard]] Listed listed_as(uint64_t accounts);

struct PlanLine {
  double share = 0;
  bool drawn = false;  ///< the site's own control group: counted, not expected
  measure::Trial trial;
  std::string lacks;                             ///< groups_lack(), and what would do
  std::vector<measure::SmallestEffect> effects;  ///< one for each rate; empty if the groups lack accounts
};

struct PlanGroup {
  ListedGroup group;
  std::vector<PlanLine> lines;  ///< ascending by share
};

/// What can be shown in so many days.
struct PlanHorizon {
  uint32_t days = kRateDays;
  std::vector<double> bases;  ///< the rates in so many days
  std::vector<PlanGroup> groups;
};

struct Plan {
  PlanQuestion question;
  std::string source;
  std::optional<double> control;  ///< the share that the site's rules name
  bool by_family = false;         ///< accounts are drawn by family, and counted so
  std::vector<PlanHorizon> horizons;
};

[[nodiscard]] Plan make_plan(const PlanQuestion& question, const Listed& listed);

/// The share that reaches a goal in `days` if `rate` of them do in `rate_days`, at a steady pace and all
/// alike.
[[nodiscard]] double rate_in(double rate, uint32_t days, uint32_t rate_days) noexcept;

/// Of one group, one share and one rate: in what a plan says first.
struct PlanExample {
  const PlanHorizon* horizon = nullptr;
  const PlanLine* line = nullptr;
  double base = 0, rise = 0;
  std::vector<double> too_low;  ///< bases below it with which nothing can be shown
};
/// All accounts with the site's own control group, at the window, or else at the first horizon at which it
/// can show anything; the smallest control group that can, where that one never does. The rate is the one in
/// the middle of those that work. std::nullopt: nothing can be shown.
[[nodiscard]] std::optional<PlanExample> plan_example(const Plan& plan);
/// What a manager needs to know, as one or two sentences.
[[nodiscard]] std::string plan_sentence(const Plan& plan);

/// "10 %", "12.5 %".
[[nodiscard]] std::string plan_percent(double share);
/// In points, rounded up, so that what is promised is found: "+11.0"; "-" if there are not enough accounts.
[[nodiscard]] std::string rise_text(const measure::SmallestEffect& effect);

/// Ends with a newline; at most 100 columns wide for up to six rates.
[[nodiscard]] std::string plan_text(const Plan& plan);
[[nodiscard]] std::string plan_json(const Plan& plan);
/// A page for itself, with curves (plan_page.cpp).
[[nodiscard]] std::string plan_page(const Plan& plan);

}  // namespace abm::tools
