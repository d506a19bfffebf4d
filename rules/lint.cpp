#include "rules/lint.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include <fmt/format.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "rules/conditions.h"
#include "rules/lint_codes.h"
#include "rules/templates.h"

namespace abm::rules {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

class Linter {
 public:
  Linter(const LintInput& input, Diagnostics& diagnostics) : input_(input), diagnostics_(diagnostics) {}
  void run();

 private:
  void warn(SourceRef at, std::string_view code, const std::vector<std::string>& silenced,
            std::string message);
  const RulesFile& file(SourceRef at) const;
  void slots();
  void segments();
  void rule(const Rule& rule);

  const LintInput& input_;
  Diagnostics& diagnostics_;
};

const RulesFile& Linter::file(SourceRef at) const {
  // Without errors every file was parsed, so that indexes agree.
  return *(*input_.files)[at.file];
}

void Linter::warn(SourceRef at, std::string_view code, const std::vector<std::string>& silenced,
                  std::string message) {
  if (contains(silenced, code)) return;
  const RulesFile& where = file(at);
  diagnostics_.warning(where.name, at.at, std::string(code), std::move(message),
                       std::string(where.text.line(at.at.line)));
}

void Linter::slots() {
  for (uint32_t i = 0; i < input_.slots->size(); ++i) {
    const Slot& slot = input_.slots->slot(i);
    if (input_.slots->used(i)) continue;
    warn(slot.at, kLintUnusedSlot, file(slot.at).silenced, fmt::format("no rule uses slot '{}'", slot.name));
  }
}

void Linter::segments() {
  std::set<std::string, std::less<>> tested;
  for (const Rule& rule : input_.ruleset->rules) {
    for_each_test(rule.when, [&](const Test& test, bool) {
      if (test.subject == Subject::kSegment) tested.insert(test.values.begin(), test.values.end());
    });
  }
  for (const Segment& segment : input_.ruleset->segments) {
    const std::vector<std::string>& silenced = file(segment.at).silenced;
    if (!tested.contains(segment.name)) {
      warn(segment.at, kLintUnusedSegment, silenced, fmt::format("no rule tests segment '{}'", segment.name));
    }
    const Vocabulary* vocabulary = input_.options->vocabulary;
    if (vocabulary != nullptr &&
        std::binary_search(vocabulary->segments.begin(), vocabulary->segments.end(), segment.name)) {
      warn(segment.at, kLintShadowedSegment, silenced,
           fmt::format("accounts of the feed carry segment '{}' too", segment.name));
    }
  }
}

/// Whether an edit puts nothing but the account's name and fixed text on the page.
bool only_names(const SlotRewrite& rewrite) {
  size_t names = 0;
  size_t others = rewrite.hide || rewrite.remove ? 1 : 0;
  others += rewrite.attributes.size() + rewrite.add_classes.size() + rewrite.remove_classes.size();
  others += rewrite.html_file ? 1 : 0;
  for (const auto* content :
       {&rewrite.content, &rewrite.before, &rewrite.prepend, &rewrite.append, &rewrite.after}) {
    if (!*content) continue;
    for (const rewrite::TemplatePart& part : (*content)->parts) {
      const auto* placeholder = std::get_if<rewrite::Placeholder>(&part);
      if (placeholder != nullptr) ++(placeholder->source == "account.name" ? names : others);
    }
    if (!uses_account_name(**content)) ++others;
  }
  return names > 0 && others == 0;
}

bool only_names(const Rule& rule) {
  const auto all = [](const std::vector<SlotRewrite>& rewrites) {
    return std::all_of(rewrites.begin(), rewrites.end(), [](const SlotRewrite& r) { return only_names(r); });
  };
  if (rule.rewrite.empty() && rule.variants.empty()) return false;
  return all(rule.rewrite) && std::all_of(rule.variants.begin(), rule.variants.end(),
                                          [&](const Variant& v) { return all(v.rewrite); });
}

void Linter::rule(const Rule& rule) {
  if (only_names(rule)) {
    warn(rule.at, kLintNameOnly, rule.silenced,
         fmt::format("rule '{}' changes nothing but the account's name: say something that helps the reader",
                     rule.id));
  }
  if (rule.until && *rule.until <= input_.options->now) {
    warn(rule.at, kLintExpired, rule.silenced,
         fmt::format("rule '{}' ended {}", rule.id, format_rfc3339(*rule.until)));
  }
  bool one_to_one = false;
  for_each_test(rule.when, [&](const Test& test, bool negated) {
    one_to_one = one_to_one || (!negated && test.subject == Subject::kTier &&
                                test.values == std::vector<std::string>{"one-to-one"});
  });
  if (one_to_one && specificity(rule.when) != Specificity::kAccount) {
    warn(rule.at, kLintNoAccount, rule.silenced,
         fmt::format("rule '{}' is for tier one-to-one but names no account", rule.id));
  }
}

void Linter::run() {
  slots();
  segments();
  for (const Rule& each : input_.ruleset->rules) rule(each);
}

}  // namespace

void lint_rules(const LintInput& input, Diagnostics& diagnostics) {
  Linter(input, diagnostics).run();
}

}  // namespace abm::rules
