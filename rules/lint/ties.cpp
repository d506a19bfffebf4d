#include "rules/lint/ties.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>

#include "rules/read/globs.h"

namespace abm::rules {
namespace {

constexpr uint64_t kMaxPairs = 2'000'000;

/// Tests that every match of the rule passes: the condition itself, or the members of its conjunction.
void required_tests(const Condition& when, std::vector<const Test*>& holding,
                    std::vector<const Test*>& failing) {
  if (when.kind == Condition::Kind::kTest) holding.push_back(&when.test);
  if (when.kind == Condition::Kind::kNot && when.children.front().kind == Condition::Kind::kTest) {
    failing.push_back(&when.children.front().test);
  }
  if (when.kind != Condition::Kind::kAll) return;
  for (const Condition& child : when.children) required_tests(child, holding, failing);
}

bool same_field(const Test& a, const Test& b) noexcept {
  return a.subject == b.subject && a.name == b.name;
}

/// Fields of which a visit has at most one value.
bool is_single(Subject subject) noexcept {
  return subject != Subject::kSegment && subject != Subject::kConfidence && subject != Subject::kPath &&
         !is_number_subject(subject);
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
  if (is_number_subject(a.subject)) return share_number(a, b);
  if (a.subject == Subject::kPath) return share_path(a, b);
  return !is_single(a.subject) || share_value(a.values, b.values);
}

/// Whether `held` leaves a value that `failed` does not forbid.
bool leaves_a_value(const Test& held, const Test& failed) {
  if (!same_field(held, failed) || is_number_subject(held.subject) || held.subject == Subject::kPath)
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

/// Rules with an equal claim to one slot, in file order. Two rules that need different values
/// of a single-valued field can never both match, so they are filed by such a field and most
/// pairs are never compared.
struct Group {
  struct Member {
    uint32_t rule = 0;
    SourceRef at;
  };
  struct Filed {
    std::vector<Member> all;
    std::unordered_map<std::string, std::vector<Member>> by_value;
  };
  std::map<Subject, Filed> filed;
  std::vector<Member> loose;  ///< rules without such a field
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
  explicit TieFinder(const Ruleset& ruleset) : ruleset_(ruleset) {}

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
    std::vector<const Test*> holding, failing;
    required_tests(rule.when, holding, failing);
    const Test* filing = filing_test(holding);
    bool tied = false;
    for (const auto& [slot, at] : slots) {
      Group& group = groups_[{slot, rule.priority, specificity(rule.when)}];
      const Group::Member self{index, at};
      tied = tied || compare(self, slot, group.loose);
      for (auto& [subject, filed] : group.filed) {
        if (filing == nullptr || filing->subject != subject) tied = tied || compare(self, slot, filed.all);
      }
      if (filing == nullptr) {
        group.loose.push_back(self);
        continue;
      }
      Group::Filed& filed = group.filed[filing->subject];
      filed.all.push_back(self);
      for (const std::string& value : filing->values) {
        std::vector<Group::Member>& members = filed.by_value[value];
        tied = tied || compare(self, slot, members);
        members.push_back(self);
      }
    }
  }

  /// True when the rule ties with one of `members`; the tie is then recorded.
  bool compare(const Group::Member& self, uint32_t slot, const std::vector<Group::Member>& members) {
    for (const Group::Member& other : members) {
      if (++pairs_ > kMaxPairs) {
        result_.complete = false;
        return false;
      }
      if (other.rule == self.rule ||
          !can_match_together(ruleset_.rules[other.rule], ruleset_.rules[self.rule])) {
        continue;
      }
      result_.ties.push_back({other.rule, self.rule, slot, self.at});
      return true;
    }
    return false;
  }

  const Ruleset& ruleset_;
  std::map<GroupKey, Group> groups_;
  uint64_t pairs_ = 0;
  Ties result_;
};

}  // namespace

bool can_match_together(const Rule& a, const Rule& b) {
  if (!overlap_in_time(a, b)) return false;
  std::vector<const Test*> holding_a, failing_a, holding_b, failing_b;
  required_tests(a.when, holding_a, failing_a);
  required_tests(b.when, holding_b, failing_b);
  for (const Test* one : holding_a) {
    for (const Test* other : holding_b) {
      if (!both_can_hold(*one, *other)) return false;
    }
    for (const Test* failed : failing_b) {
      if (!leaves_a_value(*one, *failed)) return false;
    }
  }
  for (const Test* one : holding_b) {
    for (const Test* failed : failing_a) {
      if (!leaves_a_value(*one, *failed)) return false;
    }
  }
  return true;
}

Ties find_ties(const Ruleset& ruleset) {
  return TieFinder(ruleset).run();
}

}  // namespace abm::rules
