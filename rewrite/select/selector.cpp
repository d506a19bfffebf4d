// What can be said of selectors without matching them: their canonical text, their subjects, HTML's rules of
// case.
#include "rewrite/select/selector.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rewrite/scan/tag_names.h"
#include "rewrite/select/css_tokens.h"

namespace abm::rewrite {
namespace {

constexpr std::array<std::string_view, 46> kCaselessAttributes = {
    "accept",     "accept-charset", "align",     "alink",    "axis",     "bgcolor", "charset",
    "checked",    "clear",          "codetype",  "color",    "compact",  "declare", "defer",
    "dir",        "direction",      "disabled",  "enctype",  "face",     "frame",   "hreflang",
    "http-equiv", "lang",           "language",  "link",     "media",    "method",  "multiple",
    "nohref",     "noresize",       "noshade",   "nowrap",   "readonly", "rel",     "rev",
    "rules",      "scope",          "scrolling", "selected", "shape",    "target",  "text",
    "type",       "valign",         "valuetype", "vlink"};
static_assert(std::ranges::is_sorted(kCaselessAttributes));

constexpr std::array<std::string_view, 13> kVoidElements = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"};
static_assert(std::ranges::is_sorted(kVoidElements));

constexpr std::string_view kOperators[] = {"", "=", "~=", "|=", "^=", "$=", "*="};
constexpr std::string_view kCombinators[] = {" ", " > ", " + ", " ~ "};

std::string nth_text(int32_t a, int32_t b) {
  if (a == 0) return fmt::format("{}", b);
  if (b == 0) return fmt::format("{}n", a);
  return fmt::format("{}n{:+}", a, b);
}

void append_attribute(std::string& out, const AttributeTest& test) {
  out += test.any_namespace ? "[*|" : "[";
  append_css_identifier(out, test.written.empty() ? test.name : test.written);
  if (test.op != AttributeOperator::kExists) {
    out += kOperators[static_cast<size_t>(test.op)];
    append_css_string(out, test.value);
    if (test.value_case == LetterCase::kIgnored) out += " i";
    if (test.value_case == LetterCase::kCounts && is_caseless_attribute(test.name)) out += " s";
  }
  out += ']';
}

void append_pseudo(std::string& out, const PseudoTest& test) {
  switch (test.kind) {
    case PseudoKind::kRoot:
      out += ":root";
      break;
    case PseudoKind::kNthChild:
    case PseudoKind::kNthOfType: {
      const std::string_view what = test.kind == PseudoKind::kNthChild ? "child" : "of-type";
      const bool first = test.a == 0 && test.b == 1;
      out +=
          first ? fmt::format(":first-{}", what) : fmt::format(":nth-{}({})", what, nth_text(test.a, test.b));
      break;
    }
    case PseudoKind::kNot:
    case PseudoKind::kIs:
      out += test.kind == PseudoKind::kNot ? ":not(" : ":is(";
      out += to_string(*test.argument);
      out += ')';
      break;
  }
}

void append_compound(std::string& out, const CompoundSelector& compound) {
  const size_t begin = out.size();
  if (compound.nothing) out += '|';
  append_css_identifier(out, compound.written.empty() ? compound.type : compound.written);
  if (compound.nothing && compound.type.empty()) out += '*';
  for (const std::string& id : compound.ids) append_css_identifier(out += '#', id);
  for (const std::string& name : compound.classes) append_css_identifier(out += '.', name);
  for (const AttributeTest& test : compound.attributes) append_attribute(out, test);
  for (const PseudoTest& test : compound.pseudos) append_pseudo(out, test);
  if (out.size() == begin) out += '*';
}

}  // namespace

std::string to_string(const SelectorList& list) {
  std::string out;
  for (const ComplexSelector& selector : list.selectors) {
    if (!out.empty()) out += ", ";
    for (size_t i = 0; i < selector.compounds.size(); ++i) {
      if (i > 0) out += kCombinators[static_cast<size_t>(selector.combinators[i - 1])];
      append_compound(out, selector.compounds[i]);
    }
  }
  return out;
}

std::vector<std::string> subject_types(const SelectorList& list) {
  std::vector<std::string> types;
  types.reserve(list.selectors.size());
  for (const ComplexSelector& selector : list.selectors) types.push_back(selector.compounds.back().type);
  return types;
}

bool is_caseless_attribute(std::string_view lower_name) noexcept {
  return std::ranges::binary_search(kCaselessAttributes, lower_name);
}

bool is_void_element(std::string_view name) noexcept {
  return std::ranges::binary_search(kVoidElements, name);
}

bool is_raw_text_element(std::string_view name) noexcept {
  return is_raw_text(tag_of(key_of(name)));
}

}  // namespace abm::rewrite
