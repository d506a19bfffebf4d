// Counts the accounts as they are drawn, by their buckets, and not by the percentage: whether there are
// enough is known. A family that draws one lot counts once.
#include "rules/lint/small_groups.h"

#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>

#include "base/hash.h"
#include "rules/lint_codes.h"
#include "rules/program/arms.h"

namespace abm::rules {
namespace {

/// Accounts that are compared with one another.
struct DrawnGroups {
  explicit DrawnGroups(bool families) : by_family(families) {}

  uint64_t kept_back = 0, others = 0;
  bool by_family;
  std::set<uint64_t> seen;  ///< families, by the hash of their names; bounded: both_suffice() ends it early

  void count(std::string_view owner, bool is_kept_back) {
    if (by_family && !seen.insert(hash64(owner)).second) return;
    ++(is_kept_back ? kept_back : others);
  }

  /// Counting further changes no answer.
  [[nodiscard]] bool both_suffice() const noexcept { return std::min(kept_back, others) >= kFewestCompared; }
  [[nodiscard]] uint64_t all() const noexcept { return kept_back + others; }
};

/// A share that compares nothing on purpose: nobody or everybody.
bool is_switch(uint32_t buckets) noexcept {
  return buckets == 0 || buckets >= kBuckets;
}

/// As lot_owner() says of the compiled rules.
std::string_view owner_of(const LintInput& input, const accounts::AccountView& account) noexcept {
  return input.ruleset->control.by_family ? account.family() : account.id();
}

bool is_drawn_for_control(const LintInput& input, std::string_view owner) noexcept {
  const Control& control = input.ruleset->control;
  return bucket("control", control.salt, owner) < control.percent;
}

/// "4 of 66 accounts: no effect can be shown with fewer than 20, about 31 % would do".
std::string shortage(const DrawnGroups& drawn, std::string_view which) {
  const bool kept_back_lacks = drawn.kept_back < kFewestCompared;
  std::string text = fmt::format("{} {} of {} {}{}: no effect can be shown with fewer than {}",
                                 kept_back_lacks ? "keeps back" : "leaves",
                                 kept_back_lacks ? drawn.kept_back : drawn.others, drawn.all(),
                                 drawn.by_family ? (drawn.all() == 1 ? "family" : "families")
                                                 : (drawn.all() == 1 ? "account" : "accounts"),
                                 which, kFewestCompared);
  if (drawn.all() < uint64_t{2} * kFewestCompared)
    return text + (drawn.by_family ? ", and two such groups need more families"
                                   : ", and two such groups need more accounts");
  const uint64_t least = (100 * uint64_t{kFewestCompared} + drawn.all() - 1) / drawn.all();
  return text + fmt::format(", about {} % would do", kept_back_lacks ? least : 100 - least);
}

void lint_control(const LintInput& input, Diagnostics& diagnostics) {
  const Control& control = input.ruleset->control;
  if (is_switch(control.percent)) return;
  const accounts::Snapshot& feed = *input.options->accounts;
  DrawnGroups drawn(control.by_family);
  for (uint32_t i = 0; i < feed.size() && !drawn.both_suffice(); ++i) {
    if (feed.at(i).excluded()) continue;
    const accounts::AccountView account = feed.at(i);
    const std::string_view owner = owner_of(input, account);
    drawn.count(owner, is_drawn_for_control(input, owner));
  }
  if (drawn.both_suffice() || drawn.all() == 0) return;
  warn(input, diagnostics, control.at, kLintSmallGroups, file_of(input, control.at).silenced,
       fmt::format("'control' of {} % {}", control.percent / 100.0, shortage(drawn, "")));
}

}  // namespace

bool lint_small_groups(const LintInput& input, FeedMatch& feed, Diagnostics& diagnostics) {
  lint_control(input, diagnostics);
  const bool with_control = input.ruleset->control.percent != 0;
  for (const Rule& rule : input.ruleset->rules) {
    if (is_switch(rule.holdout)) continue;
    DrawnGroups drawn(input.ruleset->control.by_family);
    const FeedMatch::Answer answer = feed.each(rule.when, [&](const accounts::AccountView& account) {
      // The report compares a rule's accounts without those of the control group.
      const std::string_view owner = owner_of(input, account);
      if (with_control && is_drawn_for_control(input, owner)) return true;
      drawn.count(owner, bucket("holdout", rule.id, owner) < rule.holdout);
      return !drawn.both_suffice();
    });
    if (answer == FeedMatch::Answer::kGaveUp) return false;
    // Nobody at all is ABM004.
    if (drawn.both_suffice() || drawn.all() == 0) continue;
    warn(input, diagnostics, rule.at, kLintSmallGroups, rule.silenced,
         fmt::format("'holdout' of {} % of rule '{}' {}", rule.holdout / 100.0, rule.id,
                     shortage(drawn, with_control ? " that it may match outside of 'control'"
                                                  : " that it may match")));
  }
  return true;
}

}  // namespace abm::rules
