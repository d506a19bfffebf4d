#include "rules/read/markup_findings.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "rewrite/template/markup_lint.h"
#include "rewrite/template/markup_nesting.h"
#include "rules/lint_codes.h"

namespace abm::rules {
namespace {

constexpr size_t kMaxOfACode = 20;

/// Links that take the reader away; images, styles and scripts from other hosts do not.
bool is_link(std::string_view attribute) noexcept {
  return attribute == "href" || attribute == "action" || attribute == "formaction";
}

/// What one selector says about the ancestors of where the markup goes.
rewrite::Surroundings surroundings(const rewrite::ComplexSelector& selector, Insertion where) {
  rewrite::Surroundings around{{""}};
  for (size_t i = 0; i < selector.compounds.size(); ++i) {
    const bool subject = i + 1 == selector.compounds.size();
    if (subject && where == Insertion::kBeside) break;
    const rewrite::Combinator next = subject ? rewrite::Combinator::kChild : selector.combinators[i];
    if (next == rewrite::Combinator::kNextSibling || next == rewrite::Combinator::kSubsequentSibling)
      continue;
    around.ancestors.push_back(selector.compounds[i].type);
    if (next == rewrite::Combinator::kDescendant) around.ancestors.emplace_back();
  }
  return around;
}

}  // namespace

std::vector<MarkupFinding> find_misplaced(std::string_view markup, const rewrite::SelectorList& slot,
                                          Insertion where) {
  std::vector<MarkupFinding> found;
  for (const rewrite::ComplexSelector& selector : slot.selectors) {
    for (rewrite::MarkupProblem& problem : rewrite::nesting_problems(markup, surroundings(selector, where))) {
      const auto same = [&](const MarkupFinding& other) {
        return other.offset == problem.offset && other.message == problem.message;
      };
      if (found.size() == kMaxOfACode) return found;
      if (std::ranges::none_of(found, same))
        found.push_back({problem.offset, kLintMisplaced, std::move(problem.message), {}});
    }
  }
  return found;
}

std::vector<MarkupFinding> find_in_markup(std::string_view markup) {
  std::vector<MarkupFinding> found;
  const rewrite::MarkupFacts facts = rewrite::markup_facts(markup);
  for (size_t i = 0; i < std::min(facts.scripts.size(), kMaxOfACode); ++i) {
    found.push_back(
        {facts.scripts[i], kLintScript, "<script> in a fragment: it runs for identified visitors only", {}});
  }
  size_t links = 0;
  for (const rewrite::ExternalLink& link : facts.links) {
    if (!is_link(link.attribute) || links++ >= kMaxOfACode) continue;
    found.push_back({link.offset, kLintLeavesSite,
                     fmt::format("'{}' leaves the site for '{}'", link.attribute, link.host), link.host});
  }
  std::vector<rewrite::MarkupProblem> problems = rewrite::markup_problems(markup);
  for (size_t i = 0; i < std::min(problems.size(), kMaxOfACode); ++i) {
    found.push_back({problems[i].offset, kLintUnbalanced, std::move(problems[i].message), {}});
  }
  return found;
}

std::vector<MarkupFinding> find_in_attribute(std::string_view name, const rewrite::Template& value) {
  if (!is_link(name)) return {};
  // The literal parts are already escaped for double quotes, so they can go into a tag as they are.
  std::string tag = fmt::format("<a {}=\"", name);
  for (const rewrite::TemplatePart& part : value.parts) {
    const auto* literal = std::get_if<std::string>(&part);
    tag += literal != nullptr ? std::string_view(*literal) : std::string_view("x");
  }
  tag += "\"></a>";
  std::vector<MarkupFinding> found = find_in_markup(tag);
  for (MarkupFinding& finding : found) finding.offset = 0;
  return found;
}

}  // namespace abm::rules
