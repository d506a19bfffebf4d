#include "rules/match/visit_sight.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include "base/folding.h"
#include "rules/ast.h"
#include "rules/placeholder.h"
#include "rules/program/glob_match.h"

namespace abm::rules {

VisitSight::VisitSight(const Program& program) : tables_(program.tables()) {
  for (const format::Test& test : tables_.tests) see(test);
  for (const format::Part& part : tables_.parts) {
    if (part.source == format::kNone) continue;
    if (const auto number = number_of_source(part.source); number.has_value()) show(*number);
    if (text_of_source(part.source) == accounts::TextField::kMoved) moved_shown_ = true;
  }
  for (Number& number : numbers_) {
    std::sort(number.bounds.begin(), number.bounds.end());
    number.bounds.erase(std::unique(number.bounds.begin(), number.bounds.end()), number.bounds.end());
  }
}

void VisitSight::see(const format::Test& test) {
  const auto subject = static_cast<Subject>(test.subject);
  if (subject == Subject::kVisited) visited_.push_back(&test);
  const auto field = number_field(subject);
  if (!field.has_value()) return;
  std::vector<int64_t>& bounds = numbers_[static_cast<size_t>(*field)].bounds;
  const auto above = [&bounds](int64_t value) {
    if (value < std::numeric_limits<int64_t>::max()) bounds.push_back(value + 1);
  };
  if (test.has_min != 0) bounds.push_back(test.min);
  if (test.has_max != 0) above(test.max);
  for (const int64_t value : tables_.numbers.subspan(test.values.begin, test.values.count)) {
    bounds.push_back(value);
    above(value);
  }
}

/// As Evaluator::visited_page(), on an account that is in no snapshot.
bool VisitSight::visited(const format::Test& test, const accounts::Account& account) const {
  const auto globs = tables_.globs.subspan(test.values.begin, test.values.count);
  return std::any_of(account.pages.begin(), account.pages.end(), [&](const accounts::VisitedPage& page) {
    if (static_cast<int64_t>(page.days) > test.max) return false;
    FoldBuffer buffer;
    const std::string_view path = fold_beyond_ascii(page.path, buffer);
    return std::any_of(globs.begin(), globs.end(), [&](const format::Glob& glob) {
      return glob_matches(tables_[glob.text], glob.prefix, glob.suffix, glob.kind, path);
    });
  });
}

std::string VisitSight::of(const accounts::Account& account) const {
  using accounts::TextField;
  const auto text = [&account](TextField field) -> const std::string& {
    return account.text[static_cast<size_t>(field)];
  };
  std::string seen =
      fmt::format("{}\n{}\n{}\n{}\n", accounts::to_string(account.tier), text(TextField::kStage),
                  text(TextField::kPlay), moved_shown_ ? std::string_view(text(TextField::kMoved)) : "");
  for (size_t i = 0; i < numbers_.size(); ++i) {
    const Number& number = numbers_[i];
    const std::optional<int64_t>& value = account.numbers[i];
    if (!number.shown && number.bounds.empty()) continue;
    if (!value.has_value()) {
      seen += '-';
    } else if (number.shown) {
      fmt::format_to(std::back_inserter(seen), "{}", *value);
    } else {
      const auto above = std::upper_bound(number.bounds.begin(), number.bounds.end(), *value);
      fmt::format_to(std::back_inserter(seen), "{}", above - number.bounds.begin());
    }
    seen += ' ';
  }
  for (const format::Test* test : visited_) seen += visited(*test, account) ? 'y' : 'n';
  return seen;
}

}  // namespace abm::rules
