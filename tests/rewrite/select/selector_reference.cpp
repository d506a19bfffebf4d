// The reference matcher: slow and plain on purpose.
#include "tests/rewrite/select/selector_reference.h"

#include <algorithm>
#include <sstream>

#include "base/text.h"
#include "rewrite/select/foreign_names.h"

namespace abm::rewrite {
namespace {

bool equal(bool ignore_case, const std::string& a, const std::string& b) {
  return ignore_case ? ascii_lower(a) == ascii_lower(b) : a == b;
}

bool value_matches(const AttributeTest& test, bool fold, const std::string& value) {
  const std::string& wanted = test.value;
  const size_t size = wanted.size();
  switch (test.op) {
    case AttributeOperator::kExists:
      return true;
    case AttributeOperator::kEquals:
      return equal(fold, value, wanted);
    case AttributeOperator::kIncludes: {
      std::istringstream words(value);
      for (std::string word; words >> word;) {
        if (equal(fold, word, wanted)) return true;
      }
      return false;
    }
    case AttributeOperator::kDash:
      return equal(fold, value, wanted) || equal(fold, value.substr(0, size + 1), wanted + "-");
    case AttributeOperator::kPrefix:
      return size > 0 && equal(fold, value.substr(0, size), wanted);
    case AttributeOperator::kSuffix:
      return size > 0 && value.size() >= size && equal(fold, value.substr(value.size() - size), wanted);
    case AttributeOperator::kSubstring:
      for (size_t i = 0; size > 0 && i + size <= value.size(); ++i) {
        if (equal(fold, value.substr(i, size), wanted)) return true;
      }
      return false;
  }
  return false;
}

/// An attribute of the page as the DOM has it: its local name, and whether it is in a namespace.
std::pair<std::string, bool> in_dom(const Node& node, const std::string& written) {
  if (node.space == Space::kHtml) return {written, false};
  for (const NamespacedAttribute& one : namespaced_attributes()) {
    if (one.written == written) return {std::string(one.local), true};
  }
  return {
      std::string(node.space == Space::kSvg ? svg_attribute_name(written) : mathml_attribute_name(written)),
      false};
}

bool attribute_matches(const AttributeTest& test, const Node& node) {
  const bool html = node.space == Space::kHtml;
  const bool fold = test.value_case == LetterCase::kIgnored ||
                    (test.value_case == LetterCase::kIgnoredInHtml && html) ||
                    (test.value_case == LetterCase::kIgnoredInQuirks && node.quirks);
  const std::string wanted = html || test.written.empty() ? test.name : test.written;
  return std::ranges::any_of(node.attributes, [&](const auto& attribute) {
    const auto [local, namespaced] = in_dom(node, attribute.first);
    return local == wanted && (!namespaced || test.any_namespace) &&
           value_matches(test, fold, attribute.second);
  });
}

bool type_matches(const CompoundSelector& compound, const Node& node) {
  if (compound.nothing) return false;
  if (compound.type.empty()) return true;
  if (node.space == Space::kHtml) return compound.type == node.name;
  const std::string_view name =
      node.space == Space::kSvg ? svg_element_name(node.name) : std::string_view(node.name);
  return (compound.written.empty() ? compound.type : compound.written) == name;
}

bool in_nth(int64_t a, int64_t b, int64_t index) {
  for (int64_t n = 0; n <= 1000; ++n) {
    if (a * n + b == index) return true;
  }
  return false;
}

bool compound_matches(const CompoundSelector& compound, const Node& node) {
  if (!type_matches(compound, node)) return false;
  for (const std::string& id : compound.ids) {
    if (!attribute_matches({"id", AttributeOperator::kEquals, id, LetterCase::kIgnoredInQuirks}, node))
      return false;
  }
  for (const std::string& name : compound.classes) {
    if (!attribute_matches({"class", AttributeOperator::kIncludes, name, LetterCase::kIgnoredInQuirks}, node))
      return false;
  }
  for (const AttributeTest& test : compound.attributes) {
    if (!attribute_matches(test, node)) return false;
  }
  return std::ranges::all_of(compound.pseudos, [&](const PseudoTest& test) {
    switch (test.kind) {
      case PseudoKind::kRoot:
        return node.parent == nullptr;
      case PseudoKind::kNthChild:
        return in_nth(test.a, test.b, static_cast<int64_t>(node.child_index()));
      case PseudoKind::kNthOfType:
        return in_nth(test.a, test.b, static_cast<int64_t>(node.type_index()));
      case PseudoKind::kNot:
        return !reference_matches(*test.argument, node);
      case PseudoKind::kIs:
        return reference_matches(*test.argument, node);
    }
    return false;
  });
}

bool prefix_matches(const ComplexSelector& selector, size_t last, const Node& node) {
  if (!compound_matches(selector.compounds[last], node)) return false;
  if (last == 0) return true;
  switch (selector.combinators[last - 1]) {
    case Combinator::kChild:
      return node.parent && prefix_matches(selector, last - 1, *node.parent);
    case Combinator::kDescendant:
      for (const Node* at = node.parent; at; at = at->parent) {
        if (prefix_matches(selector, last - 1, *at)) return true;
      }
      return false;
    case Combinator::kNextSibling:
      return node.previous() && prefix_matches(selector, last - 1, *node.previous());
    case Combinator::kSubsequentSibling:
      for (const Node* at = node.previous(); at; at = at->previous()) {
        if (prefix_matches(selector, last - 1, *at)) return true;
      }
      return false;
  }
  return false;
}

size_t pick(std::mt19937& random, size_t below) {
  return random() % below;
}
bool chance(std::mt19937& random, size_t percent) {
  return pick(random, 100) < percent;
}

const std::string kNames[] = {"div", "p", "a", "section", "foreignobject", "my-very-long-element"};
const std::string kTypes[] = {"div",           "p", "a", "section", "foreignobject", "my-very-long-element",
                              "foreignObject", "A"};
const std::string kAttributes[] = {"id",   "class",   "data-abm-slot", "type",
                                   "lang", "viewbox", "xlink:href",    "href"};
const std::string kTested[] = {"id",      "class",      "data-abm-slot", "type",    "lang",
                               "viewbox", "xlink:href", "href",          "viewBox", "ID"};
const std::string kValues[] = {"",   "x",     "X",        "hero", "hero-cta", "x hero",
                               "de", "de-AT", "\t x  y ", "y",    "Hero"};
const std::string kWords[] = {"x", "X", "hero", "y", "hero-cta", "de"};

void set_name(std::string& lower, std::string& written, const std::string& name) {
  lower = ascii_lower(name);
  written = lower == name ? "" : name;
}

CompoundSelector random_compound(std::mt19937& random, size_t depth) {
  CompoundSelector compound;
  if (chance(random, 45)) set_name(compound.type, compound.written, kTypes[pick(random, std::size(kTypes))]);
  compound.nothing = chance(random, 3);
  if (chance(random, 12)) compound.ids.push_back(kWords[pick(random, std::size(kWords))]);
  while (chance(random, 20)) compound.classes.push_back(kWords[pick(random, std::size(kWords))]);
  while (chance(random, 20)) {
    AttributeTest test;
    set_name(test.name, test.written, kTested[pick(random, std::size(kTested))]);
    test.any_namespace = chance(random, 20);
    test.op = static_cast<AttributeOperator>(pick(random, 7));
    if (test.op != AttributeOperator::kExists) {
      test.value = kValues[pick(random, std::size(kValues))];
      if (chance(random, 50)) test.value_case = LetterCase::kIgnored;
      if (is_caseless_attribute(test.name) && chance(random, 50))
        test.value_case = LetterCase::kIgnoredInHtml;
    }
    compound.attributes.push_back(test);
  }
  while (chance(random, depth == 0 ? 20 : 10)) {
    PseudoTest test;
    test.kind = static_cast<PseudoKind>(pick(random, depth < 2 ? 5 : 3));
    if (test.kind == PseudoKind::kNthChild || test.kind == PseudoKind::kNthOfType) {
      test.a = static_cast<int32_t>(pick(random, 7)) - 3;
      test.b = static_cast<int32_t>(pick(random, 9)) - 4;
    }
    if (test.kind == PseudoKind::kNot || test.kind == PseudoKind::kIs) {
      auto list = std::make_shared<SelectorList>();
      do {
        list->selectors.emplace_back().compounds.push_back(random_compound(random, depth + 1));
      } while (chance(random, 40));
      test.argument = std::move(list);
    }
    compound.pseudos.push_back(test);
  }
  return compound;
}

}  // namespace

size_t Node::child_index() const {
  if (!parent) return 1;
  const auto self = std::ranges::find(parent->children, this, [](const auto& child) { return child.get(); });
  return static_cast<size_t>(self - parent->children.begin()) + 1;
}

size_t Node::type_index() const {
  size_t index = 1;
  for (const Node* at = previous(); at; at = at->previous()) index += at->name == name;
  return index;
}

const Node* Node::previous() const {
  const size_t index = child_index();
  return index == 1 ? nullptr : parent->children[index - 2].get();
}

bool reference_matches(const SelectorList& list, const Node& node) {
  return std::ranges::any_of(list.selectors, [&](const ComplexSelector& selector) {
    return prefix_matches(selector, selector.compounds.size() - 1, node);
  });
}

std::unique_ptr<Node> random_tree(std::mt19937& random, size_t nodes) {
  auto root = std::make_unique<Node>();
  root->name = "html";
  root->quirks = chance(random, 50);
  std::vector<Node*> all = {root.get()};
  while (all.size() < nodes) {
    // Mostly below recent nodes, so that trees are deep as well as wide.
    const size_t recent = std::min<size_t>(all.size(), 6);
    Node* parent =
        chance(random, 70) ? all[all.size() - 1 - pick(random, recent)] : all[pick(random, all.size())];
    auto node = std::make_unique<Node>();
    node->name = kNames[pick(random, std::size(kNames))];
    node->parent = parent;
    node->quirks = root->quirks;
    if (chance(random, 40)) node->space = chance(random, 70) ? Space::kSvg : Space::kMathml;
    while (chance(random, 45)) {
      node->attributes[kAttributes[pick(random, std::size(kAttributes))]] =
          kValues[pick(random, std::size(kValues))];
    }
    all.push_back(node.get());
    parent->children.push_back(std::move(node));
  }
  return root;
}

SelectorList random_selectors(std::mt19937& random) {
  SelectorList list;
  do {
    ComplexSelector& selector = list.selectors.emplace_back();
    selector.compounds.push_back(random_compound(random, 0));
    while (selector.compounds.size() < 5 && chance(random, 45)) {
      selector.combinators.push_back(static_cast<Combinator>(pick(random, 4)));
      selector.compounds.push_back(random_compound(random, 0));
    }
  } while (chance(random, 25));
  return list;
}

}  // namespace abm::rewrite
