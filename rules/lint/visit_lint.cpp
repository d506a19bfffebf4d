#include "rules/lint/visit_lint.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/text.h"
#include "rules/lint_codes.h"
#include "rules/program/glob_match.h"
#include "rules/read/conditions.h"

namespace abm::rules {
namespace {

/// Distinct paths of visited pages that are looked at; a list with more has been in use for long.
constexpr size_t kMostVisitedPaths = 200'000;

/// The tests that every match of `when` passes.
void collect_holding(const Condition& when, std::vector<const Test*>& out) {
  if (when.kind == Condition::Kind::kTest) out.push_back(&when.test);
  if (when.kind != Condition::Kind::kAll) return;
  for (const Condition& child : when.children) collect_holding(child, out);
}

class VisitLinter {
 public:
  VisitLinter(const LintInput& input, Diagnostics& diagnostics) : input_(input), diagnostics_(diagnostics) {}

  void run() {
    for (const Rule& rule : input_.ruleset->rules) {
      look_for_quiet_visitors(rule);
      for_each_test(rule.when, [&](const Test& test, bool) { look_at(test, rule.silenced); });
    }
    for (const Segment& segment : input_.ruleset->segments)
      for_each_test(segment.condition, [&](const Test& test, bool) { look_at(test, {}); });
  }

 private:
  /// Whoever was on a page within N days has been quiet for less.
  void look_for_quiet_visitors(const Rule& rule) {
    std::vector<const Test*> holding;
    collect_holding(rule.when, holding);
    const Test* visited = nullptr;
    const Test* quiet = nullptr;
    for (const Test* test : holding) {
      if (test->subject == Subject::kVisited && (visited == nullptr || test->days < visited->days))
        visited = test;
      if (test->subject == Subject::kQuietDays && test->min.has_value()) quiet = test;
    }
    if (visited == nullptr || quiet == nullptr || *quiet->min < int64_t{visited->days}) return;
    warn(input_, diagnostics_, visited->at, kLintNeverMatches, silenced_at(visited->at, rule.silenced),
         fmt::format(
             "rule '{}' can never match: 'visited' asks for a visit within {} day{}, 'quiet_days' for none "
             "in {}",
             rule.id, visited->days, visited->days == 1 ? "" : "s", *quiet->min));
  }

  void look_at(const Test& test, const std::vector<std::string>& silenced) {
    if (test.subject != Subject::kVisited || input_.options->pages.empty()) return;
    collect_paths();
    for (const std::string& glob : test.values) {
      const std::optional<GlobPattern> pattern = parse_glob(glob);
      const auto matches = [&](const std::string& path) { return glob_matches(*pattern, path); };
      if (!pattern.has_value() || std::any_of(paths_->begin(), paths_->end(), matches)) continue;
      const std::vector<std::string_view> known(paths_->begin(), paths_->end());
      warn(input_, diagnostics_, test.at, kLintUnknownPage, silenced_at(test.at, silenced),
           fmt::format("'visited' names {}, and neither a sample page nor a page that an account of the feed "
                       "visited has such a path{}",
                       yaml::in_quotes(glob), did_you_mean(pattern->text, known)));
    }
  }

  /// Those of the rule and of its file.
  [[nodiscard]] std::vector<std::string> silenced_at(SourceRef at, std::vector<std::string> silenced) const {
    const std::vector<std::string>& of_file = file_of(input_, at).silenced;
    silenced.insert(silenced.end(), of_file.begin(), of_file.end());
    return silenced;
  }

  void collect_paths() {
    if (paths_.has_value()) return;
    paths_.emplace();
    for (const SamplePage& page : input_.options->pages) paths_->insert(folded(page.path));
    if (input_.options->accounts == nullptr) return;
    const accounts::Snapshot& feed = *input_.options->accounts;
    for (uint32_t i = 0; i < feed.size() && paths_->size() < kMostVisitedPaths; ++i) {
      const accounts::VisitedPageViews pages = feed.at(i).pages();
      for (uint32_t page = 0; page < pages.size(); ++page) paths_->insert(folded(pages[page].path));
    }
  }

  const LintInput& input_;
  Diagnostics& diagnostics_;
  std::optional<std::set<std::string>> paths_;  ///< folded; known once they are asked for
};

}  // namespace

void lint_visits(const LintInput& input, Diagnostics& diagnostics) {
  VisitLinter(input, diagnostics).run();
}

}  // namespace abm::rules
