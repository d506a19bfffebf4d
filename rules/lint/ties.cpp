#include "rules/lint/ties.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "rules/read/globs.h"

namespace abm::rules {
namespace {

constexpr uint64_t kMaxPairs = 2'000'000;

/// What every match of a rule passes and what it fails: its condition itself, or the members of its
/// conjunction.
struct RequiredTests {
  std::vector<const Test*> holding, failing;
};

void collect_required(const Condition& when, RequiredTests& out) {
  if (when.kind == Condition::Kind::kTest) out.holding.push_back(&when.test);
  if (when.kind == Condition::Kind::kNot && when.children.front().kind == Condition::Kind::kTest) {
    out.failing.push_back(&when.children.front().test);
  }
  if (when.kind != Condition::Kind::kAll) return;
  for (const Condition& child : when.children) collect_required(child, out);
}

RequiredTests required_tests(const Condition& when) {
  RequiredTests required;
  collect_required(when, required);
  return required;
}

bool same_field(const Test& a, const Test& b) noexcept {
  return a.subject == b.subject && a.name == b.name;
}

/// Fields of which a visit has at most one value.
bool is_single(Subject subject) noexcept {
  return subject != Subject::kSegment && subject != Subject::kConfidence && subject != Subject::kPath &&
         subject != Subject::kVisited && !is_number(subject);
}

bool contains(const std::vector<std::string>& values, const std::string& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool share_value(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& value) { return contains(b, value); });
}

bool in_range(const Test& test, int64_t number) noexcept {
  if (!test.numbers.empty())
    return std::find(test.numbers.begin(), test.numbers.end(), number) != test.numbers.end();
  return number >= test.min.value_or(0) && number <= test.max.value_or(std::numeric_limits<int64_t>::max());
}

bool share_number(const Test& a, const Test& b) noexcept {
  if (!a.numbers.empty()) {
    return std::any_of(a.numbers.begin(), a.numbers.end(),
                       [&](int64_t number) { return in_range(b, number); });
  }
  if (!b.numbers.empty()) return share_number(b, a);
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  return std::max(a.min.value_or(0), b.min.value_or(0)) <=
         std::min(a.max.value_or(kMost), b.max.value_or(kMost));
}

bool share_path(const Test& a, const Test& b) {
  return std::any_of(a.values.begin(), a.values.end(), [&](const std::string& one) {
    return std::any_of(b.values.begin(), b.values.end(),
                       [&](const std::string& other) { return globs_overlap(one, other); });
  });
}

bool both_can_hold(const Test& a, const Test& b) {
  if (!same_field(a, b)) return true;
  if (is_number(a.subject)) return share_number(a, b);
  if (a.subject == Subject::kPath) return share_path(a, b);
  return !is_single(a.subject) || share_value(a.values, b.values);
}

/// Whether `held` leaves a value that `failed` does not forbid.
bool leaves_a_value(const Test& held, const Test& failed) {
  if (!same_field(held, failed) || is_number(held.subject) || held.subject == Subject::kPath ||
      held.subject == Subject::kVisited)
    return true;
  if (held.subject == Subject::kConfidence) return held.confidence < failed.confidence;
  if (held.subject == Subject::kSegment && held.values.size() != 1) return true;
  return !std::all_of(held.values.begin(), held.values.end(),
                      [&](const std::string& value) { return contains(failed.values, value); });
}

bool overlap_in_time(const Rule& a, const Rule& b) noexcept {
  constexpr int64_t kFirst = std::numeric_limits<int64_t>::min();
  constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
  return std::max(a.from.value_or(kFirst), b.from.value_or(kFirst)) <
         std::min(a.until.value_or(kLast), b.until.value_or(kLast));
}

/// Whether one visit could satisfy both rules, of which these are the tests.
bool hold_together(const Rule& a, const RequiredTests& of_a, const Rule& b, const RequiredTests& of_b) {
  if (!overlap_in_time(a, b)) return false;
  for (const Test* one : of_a.holding) {
    for (const Test* other : of_b.holding) {
      if (!both_can_hold(*one, *other)) return false;
    }
    for (const Test* failed : of_b.failing) {
      if (!leaves_a_value(*one, *failed)) return false;
    }
  }
  for (const Test* one : of_b.holding) {
    for (const Test* failed : of_a.failing) {
      if (!leaves_a_value(*one, *failed)) return false;
    }
  }
  return true;
}

/// Rules with an equal claim to one slot, in file order. Two rules that need different values
/// of a single-valued field can never both match, so they are filed by such a field and most
/// pairs are never compared.
struct Group {
  struct Member {
    uint32_t rule = 0;
    SourceRef at;
  };
  /// By what they ask of the account: the feed answers for all of them at once.
  using Members = std::map<uint32_t, std::vector<Member>>;
  struct Filed {
    Members all;
    std::unordered_map<std::string, Members> by_value;
  };
  std::map<Subject, Filed> filed;
  Members loose;  ///< rules without such a field
};

/// Fields to file by, the ones with the most values first.
constexpr auto kFiledBy = std::to_array<Subject>(
    {Subject::kAccount, Subject::kParent, Subject::kOwner, Subject::kIndustry, Subject::kPlay,
     Subject::kStage, Subject::kCountry, Subject::kRegion, Subject::kHost, Subject::kTier});

const Test* filing_test(const std::vector<const Test*>& holding) {
  for (const Subject subject : kFiledBy) {
    const auto found = std::find_if(holding.begin(), holding.end(),
                                    [&](const Test* test) { return test->subject == subject; });
    if (found != holding.end()) return *found;
  }
  return nullptr;
}

using GroupKey = std::tuple<uint32_t, int32_t, Specificity>;

class TieFinder {
 public:
  TieFinder(const Ruleset& ruleset, FeedMatch* feed) : ruleset_(ruleset), feed_(feed) {}

  Ties run() {
    for (uint32_t i = 0; i < ruleset_.rules.size() && result_.complete; ++i) add(i);
    return std::move(result_);
  }

 private:
  void add(uint32_t index) {
    const Rule& rule = ruleset_.rules[index];
    std::map<uint32_t, SourceRef> slots;
    for (const SlotRewrite& rewrite : rule.rewrite) slots.emplace(rewrite.slot, rewrite.at);
    for (const Variant& variant : rule.variants) {
      for (const SlotRewrite& rewrite : variant.rewrite) slots.emplace(rewrite.slot, rewrite.at);
    }
    required_.push_back(required_tests(rule.when));
    const Test* filing = filing_test(required_.back().holding);
    const uint32_t side = account_side(rule);
    bool tied = false;
    for (const auto& [slot, at] : slots) {
      Group& group = groups_[{slot, rule.priority, specificity(rule.when)}];
      const Group::Member self{index, at};
      tied = tied || compare(self, side, slot, group.loose);
      for (auto& [subject, filed] : group.filed) {
        if (filing == nullptr || filing->subject != subject)
          tied = tied || compare(self, side, slot, filed.all);
      }
      if (filing == nullptr) {
        group.loose[side].push_back(self);
        continue;
      }
      Group::Filed& filed = group.filed[filing->subject];
      filed.all[side].push_back(self);
      for (const std::string& value : filing->values) {
        Group::Members& members = filed.by_value[value];
        tied = tied || compare(self, side, slot, members);
        members[side].push_back(self);
      }
    }
  }

  /// True when the rule ties with one of `members`; the tie is then recorded.
  bool compare(const Group::Member& self, uint32_t side, uint32_t slot, const Group::Members& members) {
    for (const auto& [other_side, others] : members) {
      for (const Group::Member& other : others) {
        if (++pairs_ > kMaxPairs) {
          result_.complete = false;
          return false;
        }
        if (other.rule == self.rule || !hold_together(ruleset_.rules[other.rule], required_[other.rule],
                                                      ruleset_.rules[self.rule], required_[self.rule])) {
          continue;
        }
        if (!share_account(other_side, side, other.rule, self.rule)) break;
        result_.ties.push_back({other.rule, self.rule, slot, self.at});
        return true;
      }
    }
    return false;
  }

  /// The number of what the rule asks of accounts, counted from 0 as they first come. Without a feed all are
  /// alike.
  uint32_t account_side(const Rule& rule) {
    if (feed_ == nullptr) return 0;
    return sides_.try_emplace(account_side_text(rule.when), static_cast<uint32_t>(sides_.size()))
        .first->second;
  }

  /// Whether an account of the feed can match both; true if that is not known.
  bool share_account(uint32_t side_a, uint32_t side_b, uint32_t a, uint32_t b) {
    if (feed_ == nullptr) return true;
    const auto [known, fresh] = shared_.try_emplace(std::minmax(side_a, side_b), true);
    if (fresh) {
      const FeedMatch::Answer answer = feed_->anyone(ruleset_.rules[a].when, ruleset_.rules[b].when);
      known->second = answer != FeedMatch::Answer::kNone;
      result_.asked_feed = result_.asked_feed && answer != FeedMatch::Answer::kGaveUp;
    }
    return known->second;
  }

  const Ruleset& ruleset_;
  FeedMatch* const feed_;
  std::vector<RequiredTests> required_;  ///< by rule, of those added
  std::unordered_map<std::string, uint32_t> sides_;
  std::map<std::pair<uint32_t, uint32_t>, bool> shared_;
  std::map<GroupKey, Group> groups_;
  uint64_t pairs_ = 0;
  Ties result_;
};

}  // namespace

bool can_match_together(const Rule& a, const Rule& b) {
  return hold_together(a, required_tests(a.when), b, required_tests(b.when));
}

Ties find_ties(const Ruleset& ruleset, FeedMatch* feed) {
  return TieFinder(ruleset, feed).run();
}

}  // namespace abm::rules
