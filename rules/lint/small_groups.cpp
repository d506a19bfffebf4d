// Counts the accounts as they are drawn, by their buckets, and not by the percentage: whether there are
// enough is known.
#include "rules/lint/small_groups.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "rules/lint_codes.h"
#include "rules/program/arms.h"

namespace abm::rules {
namespace {

/// Accounts that are compared with one another.
struct DrawnGroups {
  uint64_t kept_back = 0, others = 0;

  /// Counting further changes no answer.
  [[nodiscard]] bool both_suffice() const noexcept { return std::min(kept_back, others) >= kFewestCompared; }
  [[nodiscard]] uint64_t all() const noexcept { return kept_back + others; }
};

/// A share that compares nothing on purpose: nobody or everybody.
bool is_switch(uint32_t buckets) noexcept {
  return buckets == 0 || buckets >= kBuckets;
}

bool is_drawn_for_control(const LintInput& input, std::string_view account) noexcept {
  const Control& control = input.ruleset->control;
  return bucket("control", control.salt, account) < control.percent;
}

/// "4 of 66 accounts: no effect can be shown with fewer than 20, about 31 % would do".
std::string shortage(const DrawnGroups& drawn, std::string_view which) {
  const bool kept_back_lacks = drawn.kept_back < kFewestCompared;
  std::string text =
      fmt::format("{} {} of {} account{}{}: no effect can be shown with fewer than {}",
                  kept_back_lacks ? "keeps back" : "leaves", kept_back_lacks ? drawn.kept_back : drawn.others,
                  drawn.all(), drawn.all() == 1 ? "" : "s", which, kFewestCompared);
  if (drawn.all() < uint64_t{2} * kFewestCompared) return text + ", and two such groups need more accounts";
  const uint64_t least = (100 * uint64_t{kFewestCompared} + drawn.all() - 1) / drawn.all();
  return text + fmt::format(", about {} % would do", kept_back_lacks ? least : 100 - least);
}

void lint_control(const LintInput& input, Diagnostics& diagnostics) {
  const Control& control = input.ruleset->control;
  if (is_switch(control.percent)) return;
  const accounts::Snapshot& feed = *input.options->accounts;
  DrawnGroups drawn;
  for (uint32_t i = 0; i < feed.size() && !drawn.both_suffice(); ++i) {
    if (feed.at(i).excluded()) continue;
    ++(is_drawn_for_control(input, feed.at(i).id()) ? drawn.kept_back : drawn.others);
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
    DrawnGroups drawn;
    const FeedMatch::Answer answer = feed.each(rule.when, [&](const accounts::AccountView& account) {
      // The report compares a rule's accounts without those of the control group.
      if (with_control && is_drawn_for_control(input, account.id())) return true;
      ++(bucket("holdout", rule.id, account.id()) < rule.holdout ? drawn.kept_back : drawn.others);
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
