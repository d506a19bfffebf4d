#include "rules/read/markup_findings.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "rewrite/template/markup_lint.h"
#include "rules/lint_codes.h"

namespace abm::rules {
namespace {

constexpr size_t kMaxOfACode = 20;

/// Links that take the reader away; images, styles and scripts from other hosts do not.
bool is_link(std::string_view attribute) noexcept {
  return attribute == "href" || attribute == "action" || attribute == "formaction";
}

}  // namespace

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
