#include "rules/lint/page_condition.h"

#include <algorithm>

#include "base/folding.h"
#include "base/text.h"
#include "rules/program/glob_match.h"

namespace abm::rules {
namespace {

OnPage not_on_page(OnPage answer) noexcept {
  if (answer == OnPage::kPerhaps) return answer;
  return answer == OnPage::kAlways ? OnPage::kNever : OnPage::kAlways;
}

bool path_is_among(const Test& test, const SamplePage& page) {
  FoldBuffer buffer;
  const std::string_view path = fold_beyond_ascii(page.path, buffer);
  return std::ranges::any_of(test.values, [&](const std::string& value) {
    const auto glob = parse_glob(value);
    return glob.has_value() && glob_matches(*glob, path);
  });
}

OnPage test_on_page(const Test& test, const SamplePage& page) {
  if (test.subject == Subject::kPath) return path_is_among(test, page) ? OnPage::kAlways : OnPage::kNever;
  if (test.subject != Subject::kHost || page.host.empty()) return OnPage::kPerhaps;
  const bool is_among = std::ranges::any_of(
      test.values, [&](const std::string& value) { return equals_ignoring_case(value, page.host); });
  return is_among ? OnPage::kAlways : OnPage::kNever;
}

}  // namespace

OnPage on_page(const Condition& condition, const SamplePage& page) {
  switch (condition.kind) {
    case Condition::Kind::kTest:
      return test_on_page(condition.test, page);
    case Condition::Kind::kNot:
      return not_on_page(on_page(condition.children.front(), page));
    case Condition::Kind::kAll: {
      OnPage all = OnPage::kAlways;
      for (const Condition& child : condition.children) all = std::min(all, on_page(child, page));
      return all;
    }
    case Condition::Kind::kAny: {
      OnPage any = OnPage::kNever;
      for (const Condition& child : condition.children) any = std::max(any, on_page(child, page));
      return any;
    }
  }
  return OnPage::kPerhaps;
}

}  // namespace abm::rules
