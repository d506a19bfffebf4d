#include "rules/account_condition.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/folding.h"
#include "rules/visited.h"

namespace abm::rules {
namespace {

using accounts::Account;
using accounts::TextField;

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

}  // namespace

bool holds_for(const Test& test, const Account& account) {
  const auto text = [&](TextField field) {
    return is_any_of(test, account.text[static_cast<size_t>(field)]);
  };
  if (const auto field = number_field(test.subject); field.has_value())
    return number_holds(test, account.numbers[static_cast<size_t>(*field)]);
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
    case Subject::kAttribute:
      return std::any_of(account.attributes.begin(), account.attributes.end(),
                         [&test](const auto& attribute) {
                           return attribute.first == test.name && is_any_of(test, attribute.second);
                         });
    case Subject::kVisited:
      return visited_holds(test, account.pages);
    // Not about the account alone.
    case Subject::kConfidence:
    case Subject::kHost:
    case Subject::kPath:
    case Subject::kQuery:
    case Subject::kLanguage:
    default:
      break;
  }
  return false;
}

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
      return holds_for(condition.test, account);
  }
  return false;
}

}  // namespace abm::rules
