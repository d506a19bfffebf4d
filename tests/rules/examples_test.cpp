// The examples of rules/README.md: each is a folder with rules, a small feed and pages, and
// does what the text says.
#include <algorithm>
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "accounts/feed.h"
#include "accounts/snapshot_writer.h"
#include "base/file.h"
#include "rewrite/locate.h"
#include "rules/compile/compile.h"
#include "rules/lint_codes.h"
#include "rules/load.h"
#include "rules/match/matcher.h"
#include "rules/program/program.h"
#include "rules/read/vocabulary.h"
#include "tests/places.h"

namespace abm::rules {
namespace {

namespace fs = std::filesystem;
const fs::path kExamples = places::source_folder() + "/rules/examples";
constexpr int64_t kDecember = 1796083200;  // 2026-12-01T00:00:00Z plus a few hours in Chicago
constexpr size_t kMaxBytes = 1u << 20;

std::string snapshot_of(const fs::path& feed) {
  const auto bytes = read_file(feed.string(), kMaxBytes);
  EXPECT_TRUE(bytes) << feed;
  accounts::SnapshotWriter writer;
  Diagnostics diagnostics;
  const auto summary =
      accounts::parse_feed(*bytes, feed.string(), {}, diagnostics, [&](accounts::Account&& account) {
        writer.add(account);
        return true;
      });
  EXPECT_TRUE(summary) << diagnostics.format();
  return summary ? *writer.finish(summary->header) : std::string();
}

/// "pages/pricing.html" is /pricing, "pages/index.html" is /.
std::string path_of(const fs::path& page, const fs::path& pages) {
  std::string path = "/" + fs::relative(page, pages).replace_extension().generic_string();
  return path == "/index" ? "/" : path;
}

class Example : public testing::TestWithParam<std::string> {};

TEST_P(Example, IsCheckedWithoutAFindingAndEveryRuleWinsForSomebody) {
  const fs::path folder = kExamples / GetParam();
  const std::string snapshot_bytes = snapshot_of(folder / "accounts.ndjson");
  const auto snapshot = accounts::Snapshot::open(snapshot_bytes);
  ASSERT_TRUE(snapshot);
  const Vocabulary vocabulary = collect_vocabulary(*snapshot);
  LoadOptions options;
  options.vocabulary = &vocabulary;
  options.accounts = &*snapshot;
  options.now = kDecember;
  Diagnostics diagnostics;
  const auto ruleset = load_rules({(folder / "rules.yaml").string()}, disk_source(), options, diagnostics);
  ASSERT_TRUE(ruleset) << diagnostics.format();
  EXPECT_EQ(diagnostics.format(), "");

  const auto bytes = compile_rules(*ruleset);
  ASSERT_TRUE(bytes);
  const auto program = Program::open(*bytes);
  ASSERT_TRUE(program);
  const auto matcher = Matcher::create(*program);
  std::set<std::string> winners;
  std::set<uint32_t> found;
  for (const auto& page : fs::recursive_directory_iterator(folder / "pages")) {
    if (!page.is_regular_file()) continue;
    const auto html = read_file(page.path().string(), kMaxBytes);
    rewrite::RewriterOptions rewriter;
    rewriter.selectors = &program->selectors();
    for (const rewrite::Located& element : rewrite::locate(*html, rewriter).elements)
      found.insert(element.slot);
    const std::string path = path_of(page.path(), folder / "pages");
    for (uint32_t i = 0; i < snapshot->size(); ++i) {
      const accounts::AccountView account = snapshot->at(i);
      for (const int64_t now : {kDecember - 30 * 86400, kDecember + 86400}) {
        Visit visit;
        visit.account = &account;
        visit.confidence = Confidence::kHigh;
        visit.host = "www.acme.example";
        visit.path = path;
        visit.now = now;
        for (const Winner& winner : matcher->match(visit).winners)
          winners.emplace(program->rule(winner.rule).id);
      }
    }
  }
  for (const Rule& rule : ruleset->rules)
    EXPECT_TRUE(winners.contains(rule.id)) << rule.id << " wins for nobody";
  for (uint32_t slot = 0; slot < ruleset->slots.size(); ++slot) {
    EXPECT_TRUE(found.contains(slot)) << "no page has slot " << ruleset->slots[slot].name;
  }
}

std::vector<std::string> examples() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kExamples)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Rules, Example, testing::ValuesIn(examples()), [](const auto& example) {
  std::string name = example.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Readme, ShowsTheRulesOfEachExampleAndExplainsEveryCode) {
  const auto readme = read_file(places::source_folder() + "/rules/README.md", kMaxBytes);
  ASSERT_TRUE(readme);
  for (const std::string& name : examples()) {
    const auto rules = read_file((kExamples / name / "rules.yaml").string(), kMaxBytes);
    ASSERT_TRUE(rules);
    EXPECT_NE(readme->find("](examples/" + name + "/rules.yaml)"), std::string::npos) << name;
    // The README shows the file from its first rule on.
    const std::string shown = rules->substr(rules->find("rules:\n  -"));
    EXPECT_NE(readme->find("```yaml\n" + shown + "```"), std::string::npos)
        << name << " is shown differently";
  }
  for (const LintCode& code : lint_codes()) {
    EXPECT_NE(readme->find("| " + std::string(code.code) + " | " + std::string(code.title) + " |"),
              std::string::npos)
        << code.code;
  }
}

}  // namespace
}  // namespace abm::rules
