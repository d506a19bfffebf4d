// What the targets that rewrite pages share: fixed selectors, edits and limits chosen by the input's first
// bytes.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/rewriter.h"
#include "rewrite/select/selector.h"

namespace abm::rewrite {

inline const char* const kSelectors[] = {
    "#a",  ".x",    "p",          "li",         "div > *", "td",
    "[a]", "svg *", "p + b",      "select *",   "b",       "li:nth-child(2)",
    "a",   "i ~ p", "h1:not(.x)", "template *", "*",       "p:nth-of-type(2n+1)"};

inline const SelectorSet& selectors() {
  static std::vector<uint64_t> words;
  static const SelectorSet set = [] {
    std::vector<SelectorList> lists(std::size(kSelectors));
    for (size_t i = 0; i < lists.size(); ++i) {
      if (parse_selector(kSelectors[i], lists[i])) std::abort();
    }
    const std::string program = *compile_selectors(lists);
    words.resize(program.size() / 8 + 1);
    std::memcpy(words.data(), program.data(), program.size());
    return *SelectorSet::open(
        {static_cast<const char*>(static_cast<const void*>(words.data())), program.size()});
  }();
  return set;
}

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline bool same(const std::vector<Outcome>& a, const std::vector<Outcome>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].applied != b[i].applied || a[i].skipped != b[i].skipped || a[i].reason != b[i].reason)
      return false;
  }
  return a.size() == b.size();
}

inline std::vector<Edit> edits_from(uint8_t choice) {
  static const AttributeEdit kAttributes[] = {{"id", "n"}, {"a", std::nullopt}, {"class", "q"}};
  static const std::string_view kClasses[] = {"y", "x"};
  std::vector<Edit> edits;
  for (uint32_t i = 0; i < 3; ++i) {
    Edit edit;
    edit.slot = (choice + i * 7u) % std::size(kSelectors);
    if (!edits.empty() && edit.slot <= edits.back().slot) continue;
    switch ((choice / 18u + i) % 6) {
      case 0:
        edit.content = "{C}";
        break;
      case 1:
        edit.remove = true;
        break;
      case 2:
        edit.before = "{B}";
        edit.after = "{A}";
        break;
      case 3:
        edit.prepend = "{P}";
        edit.append = "{E}";
        break;
      case 4:
        edit.attributes = kAttributes;
        break;
      default:
        edit.add_classes = {kClasses, 1};
        edit.remove_classes = {kClasses + 1, 1};
        edit.hide = true;
        break;
    }
    edits.push_back(edit);
  }
  return edits;
}

/// `limits`, `charset`: one byte each of the input.
inline RewriterOptions options_from(uint8_t limits, uint8_t charset, std::span<const Edit> edits) {
  RewriterOptions options;
  options.selectors = &selectors();
  options.edits = edits;
  options.charset = static_cast<Charset>(charset % 8);
  if ((limits & 1) != 0) options.max_hold = 16 + limits;
  if ((limits & 2) != 0) options.max_tag = 16 + limits;
  if ((limits & 4) != 0) options.max_depth = 2 + limits % 16;
  return options;
}

}  // namespace abm::rewrite
