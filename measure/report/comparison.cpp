#include "measure/report/comparison.h"

#include <algorithm>
#include <string_view>

namespace abm::measure {
namespace {

void count(Share& share, bool reached) noexcept {
  ++share.accounts;
  share.hits += reached ? 1 : 0;
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
