#include "rules/lint/lint.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "rules/lint/feed_match.h"
#include "rules/lint/small_groups.h"
#include "rules/lint/ties.h"
#include "rules/lint/visit_lint.h"
#include "rules/lint_codes.h"
#include "rules/read/conditions.h"
#include "rules/read/templates.h"

namespace abm::rules {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

class Linter {
 public:
  Linter(const LintInput& input, Diagnostics& diagnostics) : input_(input), diagnostics_(diagnostics) {
    if (input.options->accounts != nullptr) {
      const Vocabulary* const known = input.options->vocabulary;
      feed_.emplace(*input.options->accounts, input.ruleset->segments,
                    known == nullptr ? nullptr : &known->moves);
    }
  }
  void run();

 private:
  void warn(SourceRef at, std::string_view code, const std::vector<std::string>& silenced,
            std::string message) {
    rules::warn(input_, diagnostics_, at, code, silenced, std::move(message));
  }
  const RulesFile& file(SourceRef at) const { return file_of(input_, at); }
  void slots();
  void segments();
  void rule(const Rule& rule);
  void ties();
  void matches();
  void markup();
  void fragments_of(const Rule& rule, const std::vector<SlotRewrite>& rewrites);
  void note(std::string message);

  std::set<std::string, std::less<>> hosts_;  // named by rules: the site's own
  std::set<std::tuple<const LoadedFragment*, std::string_view, size_t>> told_;  // reported, in fragments
  const LintInput& input_;
  Diagnostics& diagnostics_;
  std::optional<FeedMatch> feed_;
};

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

/// Up to this many words around a name are a greeting; more than that say something.
constexpr size_t kGreetingWords = 5;

/// Words of the fixed text without tags; a link counts as saying something.
size_t words_of(const rewrite::Template& content) {
  std::string text;
  for (const rewrite::TemplatePart& part : content.parts) {
    const auto* literal = std::get_if<std::string>(&part);
    text += literal != nullptr ? std::string_view(*literal) : std::string_view(" ");
  }
  size_t words = text.find("href") == text.npos ? 0 : kGreetingWords + 1;
  bool in_tag = false, in_word = false;
  for (const char c : text) {
    in_tag = c == '<' || (in_tag && c != '>');
    const bool letter = !in_tag && (static_cast<unsigned char>(c) >= 0x80 ||
                                    (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'));
    if (letter && !in_word) ++words;
    in_word = letter;
  }
  return words;
}

/// Whether an edit adds nothing to the page but the account's name, perhaps with a greeting.
bool only_names(const SlotRewrite& rewrite) {
  if (rewrite.hide || rewrite.remove || rewrite.html_file || !rewrite.attributes.empty() ||
      !rewrite.add_classes.empty() || !rewrite.remove_classes.empty()) {
    return false;
  }
  for (const auto* content :
       {&rewrite.content, &rewrite.before, &rewrite.prepend, &rewrite.append, &rewrite.after}) {
    if (!*content) continue;
    const bool other_value =
        std::any_of((*content)->parts.begin(), (*content)->parts.end(), [](const auto& part) {
          const auto* placeholder = std::get_if<rewrite::Placeholder>(&part);
          return placeholder != nullptr && placeholder->source != "account.name";
        });
    if (other_value || !uses_account_name(**content) || words_of(**content) > kGreetingWords) return false;
  }
  return true;
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

void Linter::ties() {
  const Ties found = find_ties(*input_.ruleset, feed_ ? &*feed_ : nullptr);
  for (const Tie& tie : found.ties) {
    const Rule& earlier = input_.ruleset->rules[tie.earlier];
    const Rule& later = input_.ruleset->rules[tie.later];
    if (contains(earlier.silenced, kLintTie)) continue;
    warn(tie.at, kLintTie, later.silenced,
         fmt::format(
             "rule '{}' ties with '{}' ({}:{}) for slot '{}' and loses by file order: give one a higher "
             "'priority'",
             later.id, earlier.id, file(earlier.at).name, earlier.at.at.line, input_.slots->name(tie.slot)));
  }
  if (!found.complete) note("not every pair of rules was compared for ties: there are too many");
  if (!found.asked_feed)
    note("some of the ties (ABM009) may be of rules that no account can match both: there are too many");
}

void Linter::matches() {
  if (!feed_) return;
  for (const Rule& rule : input_.ruleset->rules) {
    const FeedMatch::Answer answer = feed_->anyone(rule.when);
    if (answer == FeedMatch::Answer::kGaveUp)
      return note("not every rule was checked against the feed: there are too many");
    if (answer == FeedMatch::Answer::kSome) continue;
    warn(rule.at, kLintNeverMatches, rule.silenced,
         fmt::format("no account of the feed can match rule '{}'", rule.id));
  }
}

void Linter::fragments_of(const Rule& rule, const std::vector<SlotRewrite>& rewrites) {
  for (const SlotRewrite& rewrite : rewrites) {
    for (const Fragment& used : rewrite.fragments) {
      const LoadedFragment* fragment = input_.fragments->find(file(rule.at).folder, used.path);
      if (fragment == nullptr || fragment->findings.empty()) continue;
      const yaml::SourceText text(fragment->bytes);
      for (const MarkupFinding& finding : fragment->findings) {
        if (hosts_.contains(finding.host) || contains(rule.silenced, finding.code)) continue;
        if (!told_.insert({fragment, finding.code, finding.offset}).second) continue;
        const Position at = text.position(finding.offset);
        diagnostics_.warning(fragment->file, at, std::string(finding.code), finding.message,
                             std::string(text.line(at.line)));
      }
    }
  }
}

void Linter::markup() {
  for (const Rule& rule : input_.ruleset->rules) {
    for_each_test(rule.when, [&](const Test& test, bool) {
      if (test.subject == Subject::kHost) hosts_.insert(test.values.begin(), test.values.end());
    });
  }
  for (const InlineFinding& found : *input_.findings) {
    if (hosts_.contains(found.finding.host)) continue;
    std::vector<std::string> silenced = found.silenced;
    const std::vector<std::string>& of_file = file(found.at).silenced;
    silenced.insert(silenced.end(), of_file.begin(), of_file.end());
    warn(found.at, found.finding.code, silenced, found.finding.message);
  }
  for (const Rule& rule : input_.ruleset->rules) {
    fragments_of(rule, rule.rewrite);
    for (const Variant& variant : rule.variants) fragments_of(rule, variant.rewrite);
  }
}

void Linter::note(std::string message) {
  diagnostics_.add({Severity::kNote, {}, {}, {}, std::move(message), {}});
}

void Linter::run() {
  slots();
  segments();
  for (const Rule& each : input_.ruleset->rules) rule(each);
  markup();
  ties();
  matches();
  lint_visits(input_, diagnostics_);
  if (feed_ && !lint_small_groups(input_, *feed_, diagnostics_))
    note("not every holdout was checked for its number of accounts (ABM022): there are too many");
}

}  // namespace

void lint_rules(const LintInput& input, Diagnostics& diagnostics) {
  Linter(input, diagnostics).run();
}

}  // namespace abm::rules
