// Whether an attribute's value meets the test of an attribute selector.
#include "rewrite/select/attribute_tests.h"

#include <algorithm>

#include "base/text.h"

namespace abm::rewrite {
namespace {

constexpr std::string_view kBlanks = "\t\n\f\r ";

bool same(std::string_view a, std::string_view b, bool ignore_case) noexcept {
  return ignore_case ? equals_ignoring_case(a, b) : a == b;
}

bool contains(std::string_view value, std::string_view wanted, bool ignore_case) noexcept {
  if (!ignore_case) return value.find(wanted) != std::string_view::npos;
  return std::search(value.begin(), value.end(), wanted.begin(), wanted.end(),
                     [](char x, char y) { return ascii_lower(x) == ascii_lower(y); }) != value.end();
}

}  // namespace

std::optional<std::string_view> WordCursor::next() noexcept {
  const size_t begin = rest_.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return std::nullopt;
  const size_t end = std::min(rest_.find_first_of(kBlanks, begin), rest_.size());
  const std::string_view word = rest_.substr(begin, end - begin);
  rest_.remove_prefix(end);
  return word;
}

bool attribute_holds(AttributeOperator op, std::string_view value, std::string_view wanted,
                     bool ignore_case) noexcept {
  const bool fits = wanted.size() <= value.size();
  const bool sized = fits && !wanted.empty();  // an empty part is found nowhere
  switch (op) {
    case AttributeOperator::kExists:
      return true;
    case AttributeOperator::kEquals:
      return same(value, wanted, ignore_case);
    case AttributeOperator::kIncludes:
      return has_word(value, wanted, ignore_case);
    case AttributeOperator::kDash:
      return fits && same(value.substr(0, wanted.size()), wanted, ignore_case) &&
             (value.size() == wanted.size() || value[wanted.size()] == '-');
    case AttributeOperator::kPrefix:
      return sized && same(value.substr(0, wanted.size()), wanted, ignore_case);
    case AttributeOperator::kSuffix:
      return sized && same(value.substr(value.size() - wanted.size()), wanted, ignore_case);
    case AttributeOperator::kSubstring:
      return sized && contains(value, wanted, ignore_case);
  }
  return false;
}

bool has_word(std::string_view value, std::string_view wanted, bool ignore_case) noexcept {
  for (WordCursor words(value); const auto word = words.next();) {
    if (same(*word, wanted, ignore_case)) return true;
  }
  return false;
}

}  // namespace abm::rewrite
