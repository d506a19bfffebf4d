// Selectors and edits to be chosen at random, for tests of properties.
#pragma once

#include <random>
#include <string_view>

#include "rewrite/edit.h"

namespace abm::rewrite {

// clang-format off
inline const char* const kSelectors[] = {
    "#a", ".x", "[a]", "p", "div", "li", "td", "b", "a", "svg *", "template > *", "select option", "div > p", "p + p",
    "li:first-child", "table *", "[type=hidden]", "option", "span", "td p", ":nth-child(2)", "p:nth-of-type(2)",
    "body > *", "dd", "h1", "form", "button", "*", "math *", "img", "i ~ b", "ul li", "textarea", "title", "tr",
    "body.x p", "html#a > body *", "body:not(.x) > * b", ".y .x", "*|p", "[*|type]", "|a"};
// clang-format on

/// Edits that show in the output; no generated page contains the markers.
inline Edit random_edit(std::mt19937& random) {
  static const AttributeEdit kSet[] = {{"id", "NEW"}, {"color", std::nullopt}, {"class", "q"}};
  static const std::string_view kClasses[] = {"y", "added"};
  Edit edit;
  switch (random() % 8) {
    case 0:
      edit.remove = true;
      return edit;
    case 1:
      edit.content = "{C}";
      break;
    case 2:
      edit.content = "{C}";
      edit.before = "{B}";
      edit.after = "{A}";
      break;
    case 3:
      edit.before = "{B}";
      edit.append = "{P}";
      break;
    case 4:
      edit.prepend = "{R}";
      edit.after = "{A}";
      break;
    case 5:
      edit.attributes = kSet;
      break;
    case 6:
      edit.add_classes = kClasses;
      edit.remove_classes = {kClasses, 1};
      edit.hide = true;
      break;
    default:
      edit.append = "{P}";
      edit.attributes = {kSet, 2};
      edit.hide = true;
      break;
  }
  return edit;
}

}  // namespace abm::rewrite
