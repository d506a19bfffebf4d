#include "reference.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/folding.h"
#include "base/hash.h"

namespace abm::rules::reference {
namespace {

/// Which suffixes of pattern and path match, each pair decided only once so that it terminates.
class Glob {
 public:
  Glob(std::string_view pattern, std::string_view path) : pattern_(folded(pattern)), path_(folded(path)) {}
  bool matches(size_t p, size_t s) {
    const auto [it, added] = known_.try_emplace({p, s}, false);
    if (!added) return it->second;
    return known_[{p, s}] = decide(p, s);
  }

 private:
  bool decide(size_t p, size_t s) {
    const std::string_view pattern = std::string_view(pattern_).substr(p);
    if (pattern.empty()) return s == path_.size();
    if (pattern.starts_with("**")) {
      const bool between = p > 0 && pattern_[p - 1] == '/' && pattern.starts_with("**/");
      if (between && s > 0 && path_[s - 1] == '/' && matches(p + 3, s)) return true;
      return matches(p + 2, s) || (s < path_.size() && matches(p, s + 1));
    }
    if (pattern[0] == '*')
      return matches(p + 1, s) || (s < path_.size() && path_[s] != '/' && matches(p, s + 1));
    return s < path_.size() && path_[s] == pattern[0] && matches(p + 1, s + 1);
  }

  std::string pattern_, path_;
  std::map<std::pair<size_t, size_t>, bool> known_;
};

using accounts::TextField;

class Decider {
 public:
  Decider(const Ruleset& ruleset, const accounts::Account& account, const Visit& visit)
      : ruleset_(ruleset), account_(account), visit_(visit) {}

  bool holds(const Condition& condition) const {
    switch (condition.kind) {
      case Condition::Kind::kAll:
        return std::all_of(condition.children.begin(), condition.children.end(),
                           [this](const Condition& c) { return holds(c); });
      case Condition::Kind::kAny:
        return std::any_of(condition.children.begin(), condition.children.end(),
                           [this](const Condition& c) { return holds(c); });
      case Condition::Kind::kNot:
        return !holds(condition.children[0]);
      case Condition::Kind::kTest:
        return passes(condition.test);
    }
    return false;
  }

  bool matches(const Rule& rule) const {
    return visit_.confidence >= rule.needs && (!rule.from || *rule.from <= visit_.now) &&
           (!rule.until || visit_.now < *rule.until) && holds(rule.when);
  }

 private:
  static bool named(const Test& test, std::string_view text) {
    return !text.empty() &&
           std::any_of(test.values.begin(), test.values.end(),
                       [text](const std::string& value) { return equal_without_case(value, text); });
  }
  bool passes_text(const Test& test, TextField field) const {
    return named(test, account_.text[static_cast<size_t>(field)]);
  }
  bool passes_number(const Test& test, accounts::NumberField field) const {
    const std::optional<int64_t> number = account_.numbers[static_cast<size_t>(field)];
    if (!number) return false;
    if (!test.numbers.empty()) {
      return std::find(test.numbers.begin(), test.numbers.end(), *number) != test.numbers.end();
    }
    if (!test.min && !test.max) return false;
    return (!test.min || *test.min <= *number) && (!test.max || *number <= *test.max);
  }
  bool passes_segment(const Test& test) const {
    if (std::any_of(account_.segments.begin(), account_.segments.end(),
                    [&](const std::string& segment) { return named(test, segment); })) {
      return true;
    }
    return std::any_of(ruleset_.segments.begin(), ruleset_.segments.end(), [&](const Segment& segment) {
      return named(test, segment.name) && holds(segment.condition);
    });
  }
  bool passes_query(const Test& test) const {
    const std::string query(visit_.query);
    for (size_t at = 0; at < query.size();) {
      const size_t end = std::min(query.find('&', at), query.size());
      const std::string parameter = query.substr(at, end - at);
      at = end + 1;
      if (!parameter.starts_with(test.name + "=")) continue;
      std::string value = parameter.substr(test.name.size() + 1);
      // The only escapes in the samples.
      for (const auto& [escape, text] : {std::pair("%33", "3"), std::pair("%C3%96", "Ö")}) {
        if (const size_t at_escape = value.find(escape); at_escape != std::string::npos)
          value.replace(at_escape, std::string_view(escape).size(), text);
      }
      return std::any_of(test.values.begin(), test.values.end(),
                         [&](const std::string& wanted) { return equal_without_case(wanted, value); });
    }
    return false;
  }
  bool passes_language(const Test& test) const {
    const std::map<std::string_view, std::string_view> preferred = {
        {"de-CH, de;q=0.9", "de-CH"}, {"en;q=0.2, fr;q=0.8", "fr"}, {"DE", "DE"}};
    const auto it = preferred.find(visit_.language);
    if (it == preferred.end()) return false;
    return named(test, it->second) || named(test, it->second.substr(0, it->second.find('-')));
  }
  bool passes(const Test& test) const {
    switch (test.subject) {
      case Subject::kAccount:
        return passes_text(test, TextField::kId);
      case Subject::kTier:
        return named(test, accounts::to_string(account_.tier));
      case Subject::kSegment:
        return passes_segment(test);
      case Subject::kIndustry:
        return passes_text(test, TextField::kIndustry);
      case Subject::kCountry:
        return passes_text(test, TextField::kCountry);
      case Subject::kRegion:
        return passes_text(test, TextField::kRegion);
      case Subject::kStage:
        return passes_text(test, TextField::kStage);
      case Subject::kPlay:
        return passes_text(test, TextField::kPlay);
      case Subject::kOwner:
        return passes_text(test, TextField::kOwner);
      case Subject::kParent:
        return passes_text(test, TextField::kParent);
      case Subject::kEmployees:
        return passes_number(test, accounts::NumberField::kEmployees);
      case Subject::kRevenueUsd:
        return passes_number(test, accounts::NumberField::kRevenueUsd);
      case Subject::kIntent:
        return passes_number(test, accounts::NumberField::kIntent);
      case Subject::kEngagement:
        return passes_number(test, accounts::NumberField::kEngagement);
      case Subject::kVisits7d:
        return passes_number(test, accounts::NumberField::kVisits7d);
      case Subject::kVisits30d:
        return passes_number(test, accounts::NumberField::kVisits30d);
      case Subject::kPeople7d:
        return passes_number(test, accounts::NumberField::kPeople7d);
      case Subject::kPeople30d:
        return passes_number(test, accounts::NumberField::kPeople30d);
      case Subject::kQuietDays:
        return passes_number(test, accounts::NumberField::kQuietDays);
      case Subject::kFirstSeenDays:
        return passes_number(test, accounts::NumberField::kFirstSeenDays);
      case Subject::kVisited:
        return std::any_of(account_.pages.begin(), account_.pages.end(), [&](const auto& page) {
          return page.days < test.days &&
                 std::any_of(test.values.begin(), test.values.end(), [&](const std::string& pattern) {
                   return reference::glob_matches(pattern, page.path);
                 });
        });
      case Subject::kConfidence:
        return visit_.confidence >= test.confidence;
      case Subject::kAttribute:
        return std::any_of(account_.attributes.begin(), account_.attributes.end(),
                           [&](const auto& attribute) {
                             return attribute.first == test.name && named(test, attribute.second);
                           });
      case Subject::kHost:
        return named(test, visit_.host);
      case Subject::kPath:
        return std::any_of(test.values.begin(), test.values.end(), [&](const std::string& pattern) {
          return reference::glob_matches(pattern, visit_.path);
        });
      case Subject::kQuery:
        return passes_query(test);
      case Subject::kLanguage:
        return passes_language(test);
    }
    return false;
  }

  const Ruleset& ruleset_;
  const accounts::Account& account_;
  const Visit& visit_;
};

uint64_t bucket_of(const std::string& text) {
  return hash64(text) % 10'000;
}

int32_t variant_of(const Rule& rule, const std::string& account) {
  if (rule.variants.empty()) return -1;
  uint64_t total = 0, before = 0;
  for (const Variant& variant : rule.variants) total += variant.weight;
  const uint64_t bucket = bucket_of("variant:" + rule.id + ":" + account);
  for (size_t i = 0; i < rule.variants.size(); ++i) {
    before += rule.variants[i].weight;
    if (bucket * total < before * 10'000) return static_cast<int32_t>(i);
  }
  return -2;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view path) {
  return Glob(pattern, path).matches(0, 0);
}

Decided decide(const Ruleset& ruleset, const accounts::Account& account, const Visit& visit) {
  Decided decided;
  const Decider decider(ruleset, account, visit);
  for (uint32_t i = 0; i < ruleset.rules.size(); ++i) {
    if (decider.matches(ruleset.rules[i])) decided.matched.push_back(i);
    if (decider.matches(ruleset.rules[i]) && ruleset.rules[i].signal) decided.signals.push_back(i);
  }
  bool all_held_out = true;
  for (uint32_t slot = 0; slot < ruleset.slots.size(); ++slot) {
    std::optional<uint32_t> best;
    for (const uint32_t i : decided.matched) {
      const Rule& rule = ruleset.rules[i];
      const int32_t variant = variant_of(rule, account.id());
      const auto& rewrites = variant < 0 ? rule.rewrite : rule.variants[static_cast<size_t>(variant)].rewrite;
      const bool names_slot = std::any_of(rewrites.begin(), rewrites.end(),
                                          [slot](const SlotRewrite& r) { return r.slot == slot; });
      if (!names_slot) continue;
      const auto strength = [&](uint32_t r) {
        return std::pair(ruleset.rules[r].priority, specificity(ruleset.rules[r].when));
      };
      if (!best || strength(i) > strength(*best)) best = i;
    }
    if (!best) continue;
    const Rule& rule = ruleset.rules[*best];
    const bool held_out = bucket_of("holdout:" + rule.id + ":" + account.id()) < rule.holdout;
    all_held_out = all_held_out && held_out;
    decided.winners.push_back({slot, *best, variant_of(rule, account.id()), held_out});
    if (std::find(decided.rules.begin(), decided.rules.end(), *best) == decided.rules.end()) {
      decided.rules.push_back(*best);
    }
  }
  const bool control =
      bucket_of("control:" + ruleset.control.salt + ":" + account.id()) < ruleset.control.percent;
  decided.arm = control                                    ? Arm::kControl
                : !decided.winners.empty() && all_held_out ? Arm::kHoldout
                                                           : Arm::kTreated;
  return decided;
}

std::vector<std::string> defined_segments(const Ruleset& ruleset, const accounts::Account& account) {
  Visit visit;
  visit.confidence = Confidence::kHigh;
  const Decider decider(ruleset, account, visit);
  std::vector<std::string> names;
  for (const Segment& segment : ruleset.segments) {
    if (decider.holds(segment.condition)) names.push_back(segment.name);
  }
  return names;
}

}  // namespace abm::rules::reference
