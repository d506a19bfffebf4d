#include "connect/import/tier_rules.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/folding.h"
#include "rules/visited.h"

namespace abm::connect {
namespace {

using accounts::Account;
using accounts::NumberField;
using accounts::TextField;
using rules::Condition;
using rules::Subject;
using rules::Test;

bool is_any_of(const Test& test, std::string_view text) {
  if (text.empty()) return false;
  const std::string value = folded(text);
  return std::find(test.values.begin(), test.values.end(), value) != test.values.end();
}

bool number_holds(const Test& test, const std::optional<int64_t>& number) {
  if (!number.has_value()) return false;
  if (!test.numbers.empty())
    return std::find(test.numbers.begin(), test.numbers.end(), *number) != test.numbers.end();
  return (!test.min.has_value() || *number >= *test.min) && (!test.max.has_value() || *number <= *test.max);
}

bool test_holds(const Test& test, const Account& account) {
  const auto text = [&](TextField field) {
    return is_any_of(test, account.text[static_cast<size_t>(field)]);
  };
  const auto number = [&](NumberField field) {
    return number_holds(test, account.numbers[static_cast<size_t>(field)]);
  };
  switch (test.subject) {
    case Subject::kAccount:
      return text(TextField::kId);
    case Subject::kTier:
      return is_any_of(test, accounts::to_string(account.tier));
    case Subject::kSegment:
      return std::any_of(account.segments.begin(), account.segments.end(),
                         [&test](const std::string& segment) { return is_any_of(test, segment); });
    case Subject::kIndustry:
      return text(TextField::kIndustry);
    case Subject::kCountry:
      return text(TextField::kCountry);
    case Subject::kRegion:
      return text(TextField::kRegion);
    case Subject::kStage:
      return text(TextField::kStage);
    case Subject::kPlay:
      return text(TextField::kPlay);
    case Subject::kOwner:
      return text(TextField::kOwner);
    case Subject::kParent:
      return text(TextField::kParent);
    case Subject::kEmployees:
      return number(NumberField::kEmployees);
    case Subject::kRevenueUsd:
      return number(NumberField::kRevenueUsd);
    case Subject::kIntent:
      return number(NumberField::kIntent);
    case Subject::kEngagement:
      return number(NumberField::kEngagement);
    case Subject::kAttribute:
      return std::any_of(account.attributes.begin(), account.attributes.end(),
                         [&test](const auto& attribute) {
                           return attribute.first == test.name && is_any_of(test, attribute.second);
                         });
    case Subject::kVisits7d:
      return number(NumberField::kVisits7d);
    case Subject::kVisits30d:
      return number(NumberField::kVisits30d);
    case Subject::kPeople7d:
      return number(NumberField::kPeople7d);
    case Subject::kPeople30d:
      return number(NumberField::kPeople30d);
    case Subject::kQuietDays:
      return number(NumberField::kQuietDays);
    case Subject::kFirstSeenDays:
      return number(NumberField::kFirstSeenDays);
    case Subject::kVisited:
      return rules::visited_holds(test, account.pages);
    // Not about the account alone: site.yaml's reader refuses them.
    case Subject::kConfidence:
    case Subject::kHost:
    case Subject::kPath:
    case Subject::kQuery:
    case Subject::kLanguage:
      break;
  }
  return false;
}

}  // namespace

bool holds_for(const Condition& condition, const Account& account) {
  const auto holds = [&account](const Condition& child) { return holds_for(child, account); };
  switch (condition.kind) {
    case Condition::Kind::kAll:
      return std::all_of(condition.children.begin(), condition.children.end(), holds);
    case Condition::Kind::kAny:
      return std::any_of(condition.children.begin(), condition.children.end(), holds);
    case Condition::Kind::kNot:
      return !condition.children.empty() && !holds(condition.children.front());
    case Condition::Kind::kTest:
      return test_holds(condition.test, account);
  }
  return false;
}

std::optional<accounts::Tier> tier_by_rules(std::span<const generation::TierRule> rules,
                                            const Account& account) {
  for (const generation::TierRule& rule : rules) {
    if (holds_for(rule.when, account)) return rule.tier;
  }
  return std::nullopt;
}

}  // namespace abm::connect
