// Which elements of a page selectors match, told by their data-u: compared with what a browser said.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "rewrite/scan/attributes.h"
#include "tests/rewrite/rewrite_fixture.h"

namespace abm::rewrite {

struct PageMatches {
  std::string html;
  /// Selector, and the values of data-u of the elements that it matches: sorted, with a space between.
  std::vector<std::pair<std::string, std::string>> matches;
};

/// What a selector matches here, whatever the chunks.
inline std::string marks_of(const std::string& html, const std::string& selector) {
  const Slots slots({selector});
  static constexpr AttributeEdit kMark = {"data-matched", ""};
  Edit edit;
  edit.attributes = {&kMark, 1};
  const RewriterOptions options = options_for(slots, {&edit, 1});
  static_cast<void>(rewrite_every_way(html, options));
  std::vector<std::string> marks;
  for (const Located& element : locate(html, options).elements) {
    const std::string_view tag(html.data() + element.span.begin,
                               element.span.content_begin - element.span.begin);
    if (const auto mark = find_attribute(tag.substr(tag.find_first_of(" >")), "data-u"))
      marks.emplace_back(mark->value);
  }
  std::ranges::sort(marks);
  std::string all;
  for (const std::string& mark : marks) all += (all.empty() ? "" : " ") + mark;
  return all;
}

inline void expect_matches(const PageMatches& page) {
  for (const auto& [selector, marks] : page.matches) {
    EXPECT_EQ(marks_of(page.html, selector), marks) << selector << "\n  " << page.html;
  }
}

}  // namespace abm::rewrite
