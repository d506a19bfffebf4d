#include "measure/report/comparison.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace abm::measure {
namespace {

void count(Share& share, bool reached) noexcept {
  ++share.accounts;
  share.hits += reached ? 1 : 0;
}

std::string what_lacks(const Share& treated, const Share& kept_back) {
  const auto too_few = [](uint64_t accounts, std::string_view group) {
    return fmt::format("{} account{} {}, at least {} are needed", accounts, accounts == 1 ? "" : "s", group,
                       kFewestAccounts);
  };
  if (kept_back.accounts < kFewestAccounts) return too_few(kept_back.accounts, "kept back");
  if (treated.accounts < kFewestAccounts) return too_few(treated.accounts, "treated");
  const double pooled = static_cast<double>(treated.hits + kept_back.hits) /
                        static_cast<double>(treated.accounts + kept_back.accounts);
  const auto smaller = static_cast<double>(std::min(treated.accounts, kept_back.accounts));
  if (pooled * smaller < kFewestExpected) {
    return fmt::format(
        "{} accounts reached the goal; with groups of these sizes at least {:.0f} are needed",
        treated.hits + kept_back.hits,
        kFewestExpected / smaller * static_cast<double>(treated.accounts + kept_back.accounts) + 0.5);
  }
  if ((1 - pooled) * smaller < kFewestExpected) return "almost every account reached the goal";
  return {};
}

/// The last element if the row belongs to it (rows are sorted), else a new one.
template <typename T, typename Same, typename Make>
T& last_or_new(std::vector<T>& list, Same same, Make make) {
  if (list.empty() || !same(list.back())) list.push_back(make());
  return list.back();
}

template <typename T, typename Same>
T& found_or_new(std::vector<T>& list, Same same, T fresh) {
  const auto place = std::find_if(list.begin(), list.end(), same);
  if (place != list.end()) return *place;
  list.push_back(std::move(fresh));
  return list.back();
}

int tier_rank(std::string_view tier) noexcept {
  constexpr std::string_view kTiers[] = {"one-to-one", "one-to-few", "one-to-many", "untiered"};
  return static_cast<int>(std::find(std::begin(kTiers), std::end(kTiers), tier) - std::begin(kTiers));
}

}  // namespace

Comparison compare(const Share& treated, const Share& kept_back) {
  Comparison result;
  result.treated = treated;
  result.kept_back = kept_back;
  result.treated_interval = wilson_interval(treated);
  result.kept_back_interval = wilson_interval(kept_back);
  result.lacks = what_lacks(treated, kept_back);
  if (result.lacks.empty()) {
    result.difference = difference(treated, kept_back);
    result.detectable = detectable_difference(kept_back.rate(), treated.accounts, kept_back.accounts);
  }
  return result;
}

std::vector<GoalResult> compare_goals(const Table& rows) {
  std::vector<GoalResult> results;
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    const std::string_view goal = rows.text(i, "goal"), tier = rows.text(i, "tier");
    const bool control = rows.text(i, "arm") == "control", reached = rows.integer(i, "reached") != 0;
    GoalResult& result = last_or_new(
        results, [&](const GoalResult& r) { return r.goal == goal; },
        [&] {
          return GoalResult{std::string(goal), {}, {}};
        });
    TierComparison& of_tier = found_or_new(
        result.tiers, [&](const TierComparison& t) { return t.tier == tier; },
        TierComparison{std::string(tier), {}});
    for (Comparison* comparison : {&result.all, &of_tier.comparison})
      count(control ? comparison->kept_back : comparison->treated, reached);
  }
  for (GoalResult& result : results) {
    result.all = compare(result.all.treated, result.all.kept_back);
    for (TierComparison& tier : result.tiers)
      tier.comparison = compare(tier.comparison.treated, tier.comparison.kept_back);
    std::sort(result.tiers.begin(), result.tiers.end(), [](const TierComparison& a, const TierComparison& b) {
      return tier_rank(a.tier) < tier_rank(b.tier);
    });
  }
  return results;
}

std::vector<RuleResult> compare_rules(const Table& rows) {
  std::vector<RuleResult> results;
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    const std::string_view goal = rows.text(i, "goal"), rule = rows.text(i, "rule"),
                           variant = rows.text(i, "variant");
    const bool held_out = rows.integer(i, "held_out") != 0, reached = rows.integer(i, "reached") != 0;
    RuleResult& result = last_or_new(
        results, [&](const RuleResult& r) { return r.goal == goal && r.rule == rule; },
        [&] {
          return RuleResult{std::string(goal), std::string(rule), {}, false, {}};
        });
    result.has_holdout = result.has_holdout || held_out;
    count(held_out ? result.all.kept_back : result.all.treated, reached);
    if (held_out) continue;
    count(found_or_new(
              result.variants, [&](const VariantShare& v) { return v.variant == variant; },
              VariantShare{std::string(variant), {}, {}})
              .share,
          reached);
  }
  for (RuleResult& result : results) {
    result.all = compare(result.all.treated, result.all.kept_back);
    std::sort(result.variants.begin(), result.variants.end(),
              [](const VariantShare& a, const VariantShare& b) { return a.variant < b.variant; });
    for (VariantShare& variant : result.variants) variant.interval = wilson_interval(variant.share);
  }
  return results;
}

}  // namespace abm::measure
