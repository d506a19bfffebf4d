#include "rules/visited.h"

#include <algorithm>

#include "base/folding.h"
#include "rules/program/glob_match.h"

namespace abm::rules {

bool visited_holds(const Test& test, std::span<const accounts::VisitedPage> pages) {
  return std::any_of(pages.begin(), pages.end(), [&test](const accounts::VisitedPage& page) {
    if (page.days >= test.days) return false;
    FoldBuffer buffer;
    const std::string_view path = fold_beyond_ascii(page.path, buffer);
    return std::any_of(test.values.begin(), test.values.end(), [path](const std::string& glob) {
      const auto pattern = parse_glob(glob);
      return pattern.has_value() && glob_matches(*pattern, path);
    });
  });
}

}  // namespace abm::rules
