#include "rules/match/assignments.h"

#include <algorithm>

#include "base/confidence.h"
#include "rules/match/evaluate.h"
#include "rules/match/lot.h"

namespace abm::rules {

std::unique_ptr<Assigner> Assigner::create(const Program& program) {
  std::unique_ptr<Assigner> assigner(new Assigner(program));
  if (!assigner->sides_.allocate()) return nullptr;
  return assigner;
}

bool Assigner::may_match(const format::Rule& rule, const accounts::AccountView& account) const {
  PageFacts no_page({}, {}, {}, {});
  Visit visit;
  visit.account = &account;
  // All levels: `not: { confidence: high }` holds for the lower ones only.
  for (const Confidence level : {Confidence::kLow, Confidence::kMedium, Confidence::kHigh}) {
    visit.confidence = level;
    if (static_cast<uint8_t>(level) >= rule.needs &&
        Evaluator(t_, visit, no_page).may_hold_on_some_page(rule.tests))
      return true;
  }
  return false;
}

Assignment Assigner::assignment_of(const accounts::AccountView& account) {
  candidates_.clear();
  rules_.clear();
  // Which postings an account reaches does not depend on the confidence.
  for (const Reached& reached : sides_.find(account, Confidence::kHigh).postings) {
    const format::Posting& posting = t_.postings[reached.posting];
    for (const format::Filed& filed : t_.filed.subspan(posting.any_page.begin, posting.any_page.count))
      candidates_.push_back(filed.rule);
    const auto paged = t_.refs.subspan(posting.paged.begin, posting.paged.count);
    candidates_.insert(candidates_.end(), paged.begin(), paged.end());
  }
  std::sort(candidates_.begin(), candidates_.end());
  candidates_.erase(std::unique(candidates_.begin(), candidates_.end()), candidates_.end());
  const std::string_view owner = lot_owner(program_, account);
  for (const uint32_t index : candidates_) {
    const format::Rule& rule = t_.rules[index];
    if (!may_match(rule, account)) continue;
    AssignedRule& assigned = rules_.emplace_back(AssignedRule{index, false, -1});
    if (rule.variants.count == 0) continue;  // only a signal
    assigned.held_out = held_out(t_, rule, owner);
    if (rule.plain == 0) assigned.variant = static_cast<int32_t>(pick_variant(t_, rule, owner));
  }
  return {in_control(program_, owner), rules_};
}

}  // namespace abm::rules
