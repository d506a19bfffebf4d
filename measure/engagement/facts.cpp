#include "measure/engagement/facts.h"

#include <algorithm>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "measure/engagement/activity.h"
#include "measure/engagement/journal.h"
#include "rules/account_condition.h"
#include "rules/placeholder.h"
#include "rules/visited.h"

namespace abm::measure {
namespace {

using accounts::Account;
using rules::Condition;
using rules::Test;

std::string test_name(const Test& test) {
  const std::string name(rules::subject_name(test.subject));
  if (test.subject == rules::Subject::kAttribute) return std::string(rules::kAttributePrefix) + test.name;
  return name;
}

std::string number_fact(const Test& test, const std::string& name, const std::string& value) {
  const std::string said = fmt::format("{} {}", name, value);
  if (!test.numbers.empty()) return said;
  if (test.min.has_value() && test.max.has_value())
    return fmt::format("{}, between {} and {}", said, *test.min, *test.max);
  if (test.min.has_value()) return fmt::format("{}, at least {}", said, *test.min);
  if (test.max.has_value()) return fmt::format("{}, at most {}", said, *test.max);
  return said;
}

/// The latest page that the test is about, or else what it asks for.
std::string visited_fact(const Test& test, const Account& account) {
  for (const accounts::VisitedPage& page : account.pages) {
    if (names_somebody(page.path) || !rules::visited_holds(test, std::span(&page, 1))) continue;
    return fmt::format("visited {} {}", page.path,
                       page.days == 0   ? "that day"
                       : page.days == 1 ? "the day before"
                                        : fmt::format("{} days before", page.days));
  }
  return fmt::format("visited {}", fmt::join(test.values, " or "));
}

/// A test that holds.
std::string test_fact(const Test& test, const Account& account) {
  const std::string name = test_name(test);
  if (rules::number_field(test.subject).has_value())
    return number_fact(test, name, journal_value(account, name).value_or("none"));
  if (test.subject == rules::Subject::kVisited) return visited_fact(test, account);
  if (test.subject == rules::Subject::kAccount) return fmt::format("account {}", account.id());
  if (test.subject == rules::Subject::kSegment)
    return fmt::format("segment {}", fmt::join(test.values, " or "));
  return fmt::format("{} {}", name, journal_value(account, name).value_or("none"));
}

/// What a condition asks for, without any account: for what does not hold.
std::string asked(const Condition& condition) {
  std::vector<std::string> parts;
  if (condition.kind == Condition::Kind::kTest) {
    const Test& test = condition.test;
    std::string text = test_name(test);
    if (!test.values.empty()) text += fmt::format(" {}", fmt::join(test.values, " or "));
    if (!test.numbers.empty()) text += fmt::format(" {}", fmt::join(test.numbers, " or "));
    if (test.min.has_value()) text += fmt::format(" at least {}", *test.min);
    if (test.max.has_value()) text += fmt::format(" at most {}", *test.max);
    return text;
  }
  for (const Condition& child : condition.children) parts.push_back(asked(child));
  const std::string_view between = condition.kind == Condition::Kind::kAny ? " or " : " and ";
  std::string text = fmt::format("{}", fmt::join(parts, between));
  if (condition.kind == Condition::Kind::kNot) text = "not " + text;
  return parts.size() > 1 ? fmt::format("({})", text) : text;
}

void collect_facts(const Condition& condition, const Account& account, std::vector<std::string>& out) {
  switch (condition.kind) {
    case Condition::Kind::kTest:
      out.push_back(test_fact(condition.test, account));
      return;
    case Condition::Kind::kNot:
      out.push_back(asked(condition));
      return;
    case Condition::Kind::kAll:
    case Condition::Kind::kAny:
      for (const Condition& child : condition.children) {
        if (rules::holds_for(child, account)) collect_facts(child, account, out);
      }
      return;
  }
}

}  // namespace

std::string facts_of(const Condition& condition, const Account& account) {
  std::vector<std::string> facts;
  collect_facts(condition, account, facts);
  facts.erase(std::unique(facts.begin(), facts.end()), facts.end());
  return fmt::format("{}", fmt::join(facts, "; "));
}

}  // namespace abm::measure
