#include "rules/read/conditions.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "accounts/account.h"
#include "base/confidence.h"
#include "base/folding.h"
#include "base/text.h"
#include "rules/placeholder.h"
#include "rules/read/globs.h"
#include "rules/read/languages.h"

namespace abm::rules {
namespace {

constexpr std::string_view kQueryPrefix = "query.";
constexpr auto kCombinators = std::to_array<std::string_view>({"any", "all", "not"});
constexpr auto kTiers =
    std::to_array<std::string_view>({"one-to-one", "one-to-few", "one-to-many", "untiered"});
constexpr auto kRange = std::to_array<std::string_view>({"min", "max"});
constexpr auto kVisited = std::to_array<std::string_view>({"path", "days"});

class ConditionReader {
 public:
  ConditionReader(Checker& check, const ConditionScope& scope) : check_(check), scope_(scope) {}

  std::optional<Condition> fields(const yaml::Node& node);

 private:
  bool member(const yaml::Node::Member& member, Condition& out);
  bool combinator(const yaml::Node::Member& member, Condition& out);
  bool subject(const yaml::Node::Member& member, Test& test);
  bool allowed_here(const yaml::Node::Member& member, Subject subject);
  bool value(const yaml::Node::Member& member, Test& test);
  bool texts(const yaml::Node::Member& member, Test& test);
  bool numbers(const yaml::Node::Member& member, Test& test);
  bool range(const yaml::Node::Member& member, Test& test);
  bool confidence(const yaml::Node::Member& member, Test& test);
  bool visited(const yaml::Node::Member& member, Test& test);
  /// The form in which the matcher compares `text`, or in `fault` an error text that
  /// completes "FIELD 'TEXT' …".
  std::optional<std::string> comparable(Subject subject, const std::string& text, std::string& fault) const;

  Checker& check_;
  const ConditionScope& scope_;
};

std::optional<Condition> ConditionReader::fields(const yaml::Node& node) {
  Condition all;
  bool ok = true;
  for (const yaml::Node::Member& m : node.members) {
    Condition child;
    if (member(m, child)) {
      all.children.push_back(std::move(child));
    } else {
      ok = false;
    }
  }
  if (!ok) return std::nullopt;
  if (all.children.size() == 1) {
    Condition only = std::move(all.children.front());
    return only;
  }
  return all;
}

bool ConditionReader::member(const yaml::Node::Member& m, Condition& out) {
  if (std::find(kCombinators.begin(), kCombinators.end(), m.key) != kCombinators.end())
    return combinator(m, out);
  out.kind = Condition::Kind::kTest;
  out.test.at = check_.ref(m.key_at);
  return subject(m, out.test) && allowed_here(m, out.test.subject) && value(m, out.test);
}

bool ConditionReader::combinator(const yaml::Node::Member& m, Condition& out) {
  const std::string what = fmt::format("'{}'", m.key);
  if (m.key == "not") {
    out.kind = Condition::Kind::kNot;
    if (!check_.mapping(m.value, what)) return false;
    auto inner = fields(m.value);
    if (inner) out.children.push_back(*std::move(inner));
    return !out.children.empty();
  }
  out.kind = m.key == "any" ? Condition::Kind::kAny : Condition::Kind::kAll;
  if (m.value.kind != yaml::Node::Kind::kSequence || m.value.items.empty()) {
    check_.error(m.value.at, fmt::format("{} must be a list of conditions with at least one entry", what));
    return false;
  }
  bool ok = true;
  for (const yaml::Node& item : m.value.items) {
    std::optional<Condition> inner;
    if (check_.mapping(item, fmt::format("an entry of {}", what))) inner = fields(item);
    ok = ok && inner.has_value();
    if (inner) out.children.push_back(*std::move(inner));
  }
  return ok;
}

bool ConditionReader::subject(const yaml::Node::Member& m, Test& test) {
  const std::string_view key = m.key;
  for (const auto& [prefix, subject] :
       {std::pair{kAttributePrefix, Subject::kAttribute}, std::pair{kQueryPrefix, Subject::kQuery}}) {
    if (!key.starts_with(prefix) || key.size() == prefix.size()) continue;
    test.subject = subject;
    test.name = key.substr(prefix.size());
    if (subject == Subject::kAttribute) scope_.values->attribute_name(check_, test.name, m.key_at);
    return true;
  }
  for (size_t i = 0; i < kSubjects; ++i) {
    test.subject = static_cast<Subject>(i);
    if (key != subject_name(test.subject)) continue;
    if (test.subject != Subject::kAttribute && test.subject != Subject::kQuery) return true;
    check_.error(m.key_at, fmt::format("field '{0}' needs a name: write '{0}.NAME: value'", key));
    return false;
  }
  std::vector<std::string_view> known(kCombinators.begin(), kCombinators.end());
  for (size_t i = 0; i < kSubjects; ++i) known.push_back(subject_name(static_cast<Subject>(i)));
  check_.error(m.key_at, fmt::format("unknown field {}{}", yaml::in_quotes(key), did_you_mean(key, known)));
  return false;
}

bool ConditionReader::allowed_here(const yaml::Node::Member& m, Subject subject) {
  if (!scope_.segment_definition || !(is_page_subject(subject) || subject == Subject::kConfidence))
    return true;
  check_.error(
      m.key_at,
      fmt::format("field '{}' is not about the account: a segment cannot test it, a rule's 'when' can",
                  m.key));
  return false;
}

bool ConditionReader::value(const yaml::Node::Member& m, Test& test) {
  if (is_number(test.subject)) return numbers(m, test);
  if (test.subject == Subject::kConfidence) return confidence(m, test);
  if (test.subject == Subject::kVisited) return visited(m, test);
  return texts(m, test);
}

bool ConditionReader::texts(const yaml::Node::Member& m, Test& test) {
  const std::string what = fmt::format("'{}'", m.key);
  const auto scalars = check_.scalars(m.value, what);
  if (!scalars) return false;
  bool ok = true;
  for (const yaml::Node* scalar : *scalars) {
    const auto text = check_.text(*scalar, what, yaml::kMaxValueBytes);
    if (!text) {
      ok = false;
      continue;
    }
    std::string fault;
    auto value = comparable(test.subject, *text, fault);
    if (!value) {
      check_.error(scalar->at, fmt::format("{} {} {}", m.key, yaml::in_quotes(*text), fault));
      ok = false;
      continue;
    }
    scope_.values->test_value(check_, test.subject, *value, scalar->at);
    test.values.push_back(*std::move(value));
  }
  return ok;
}

std::optional<std::string> ConditionReader::comparable(Subject subject, const std::string& text,
                                                       std::string& fault) const {
  std::string lower = ascii_lower(text);
  if (text.empty()) {
    fault = "is empty: a field that an account lacks holds nothing";
    return std::nullopt;
  }
  switch (subject) {
    case Subject::kAccount:
    case Subject::kParent:
      if (accounts::is_account_id(lower)) return lower;
      fault = "is not an account id: ids are lower-case letters, digits, '.', '_' and '-', at most 64";
      return std::nullopt;
    case Subject::kTier:
      if (const auto tier = accounts::tier_from(lower)) return std::string(accounts::to_string(*tier));
      fault = fmt::format("is not a tier{}", did_you_mean(lower, kTiers));
      if (fault == "is not a tier") fault += ": one-to-one, one-to-few, one-to-many or untiered";
      return std::nullopt;
    case Subject::kSegment:
      if (!scope_.segment_definition || !scope_.defined_segments->contains(lower)) return folded(text);
      fault = "is defined by rules itself: a segment can only build on segments of the feed";
      return std::nullopt;
    case Subject::kPath:
    case Subject::kVisited:
      fault = glob_fault(text);
      if (fault.empty()) return text;
      return std::nullopt;
    case Subject::kHost:
      fault = host_fault(lower);
      if (fault.empty()) return lower;
      return std::nullopt;
    case Subject::kLanguage:
      fault = language_fault(lower);
      if (fault.empty()) return lower;
      return std::nullopt;
    default:
      return folded(text);
  }
}

bool ConditionReader::numbers(const yaml::Node::Member& m, Test& test) {
  if (m.value.kind == yaml::Node::Kind::kMapping) return range(m, test);
  const std::string what = fmt::format("'{}'", m.key);
  const auto scalars = check_.scalars(m.value, what);
  if (!scalars) return false;
  for (const yaml::Node* scalar : *scalars) {
    const auto number = check_.integer(*scalar, what, 0, INT64_MAX);
    if (number) test.numbers.push_back(*number);
  }
  return test.numbers.size() == scalars->size();
}

bool ConditionReader::range(const yaml::Node::Member& m, Test& test) {
  const std::string what = fmt::format("'{}'", m.key);
  if (!check_.mapping(m.value, what) || !check_.known_keys(m.value, what, kRange)) return false;
  bool ok = true;
  for (const yaml::Node::Member& bound : m.value.members) {
    auto& target = bound.key == "min" ? test.min : test.max;
    target = check_.integer(bound.value, fmt::format("'{}'", bound.key), 0, INT64_MAX);
    ok = ok && target.has_value();
  }
  if (ok && test.min && test.max && *test.min > *test.max) {
    check_.error(m.value.at,
                 fmt::format("{} can never hold: min {} is more than max {}", what, *test.min, *test.max));
    return false;
  }
  return ok;
}

bool ConditionReader::visited(const yaml::Node::Member& m, Test& test) {
  if (m.value.kind != yaml::Node::Kind::kMapping) {
    const bool is_path = m.value.kind == yaml::Node::Kind::kScalar && m.value.scalar.starts_with('/');
    check_.error(m.value.at, fmt::format("'visited' must be a mapping like {{ path: {}, days: 30 }}, not {}",
                                         is_path ? m.value.scalar : "/pricing", yaml::describe(m.value)));
    return false;
  }
  if (!check_.known_keys(m.value, "'visited'", kVisited)) return false;
  bool ok = true;
  for (const yaml::Node::Member& member : m.value.members) {
    if (member.key == "path") {
      ok = texts(member, test) && ok;
      continue;
    }
    const auto days = check_.integer(member.value, "'days'", 1, accounts::kPageDays);
    if (days) test.days = static_cast<uint32_t>(*days);
    ok = ok && days.has_value();
  }
  if (!ok || !test.values.empty()) return ok;
  check_.error(m.value.at, "'visited' needs a 'path': { path: /pricing, days: 30 }");
  return false;
}

bool ConditionReader::confidence(const yaml::Node::Member& m, Test& test) {
  const auto text = check_.text(m.value, "'confidence'", yaml::kMaxValueBytes);
  if (!text) return false;
  const auto level = confidence_from(ascii_lower(*text));
  if (!level) {
    check_.error(m.value.at, fmt::format("confidence {} is not low, medium or high{}", yaml::in_quotes(*text),
                                         did_you_mean(*text, kConfidenceNames)));
    return false;
  }
  test.confidence = *level;
  return true;
}

}  // namespace

std::optional<Condition> read_condition(Checker& check, const yaml::Node& node, const ConditionScope& scope) {
  if (node.kind != yaml::Node::Kind::kMapping) {
    check.error(node.at,
                fmt::format("a condition must be a mapping of 'field: value', not {}", yaml::describe(node)));
    return std::nullopt;
  }
  return ConditionReader(check, scope).fields(node);
}

}  // namespace abm::rules
