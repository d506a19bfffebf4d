#include "generation/site_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TemporaryFolder;
using testing::write_text;

constexpr std::string_view kSmallSite =
    "abm: site/1\ndata: data\naccounts: { from: accounts.ndjson }\nrules: [rules/*.yaml]\n";

/// Files and folders are closed to others, not to root: runs as nobody for as long as it lives.
class AsNobody {
 public:
  AsNobody() : root_(::geteuid() == 0) { EXPECT_TRUE(!root_ || ::seteuid(65534) == 0); }
  ~AsNobody() { EXPECT_TRUE(!root_ || ::seteuid(0) == 0); }

 private:
  bool root_;
};

class SiteFiles : public ::testing::Test {
 protected:
  std::optional<Site> site_with(std::string_view text) {
    write_text(folder_ / "site.yaml", text);
    diagnostics_ = {};
    return load_site(folder_ / "site.yaml", diagnostics_);
  }
  /// A site of one rules pattern with such an entry of its own.
  RulesFiles rules_of(const std::string& pattern, const NamedCounts* before = nullptr) {
    const auto site =
        site_with("abm: site/1\ndata: data\naccounts: { from: a }\nrules:\n  - " + pattern + "\n");
    EXPECT_TRUE(site.has_value()) << diagnostics_.format();
    return rules_files(*site, diagnostics_, before);
  }
  std::vector<std::string> tests_of(const std::string& tests) {
    const auto site = site_with(std::string(kSmallSite) + tests);
    EXPECT_TRUE(site.has_value()) << diagnostics_.format();
    return tests_files(*site, diagnostics_);
  }

  TemporaryFolder folder_;
  Diagnostics diagnostics_;
};

TEST_F(SiteFiles, NamesRulesFilesRelativeToItself) {
  const TemporaryFolder elsewhere;
  write_text(elsewhere / "shared.yaml", "");
  std::filesystem::create_directories(folder_ / "rules/fragments");
  for (const char* name :
       {"rules/20.yaml", "rules/10.yaml", "rules/notes.txt", "rules/.10.yaml.swp", "one.yaml"}) {
    write_text(folder_ / name, "");
  }
  const auto site = site_with(
      "abm: site/1\ndata: data\naccounts: { from: a }\nrules:\n  - rules/*.yaml\n  - rules/1?.yaml\n  - "
      "one.yaml\n  - " +
      elsewhere.path() + "/*.yaml\n");
  ASSERT_TRUE(site.has_value()) << diagnostics_.format();
  EXPECT_THAT(rules_files(*site, diagnostics_).files,
              ElementsAre(elsewhere / "shared.yaml", "one.yaml", "rules/10.yaml", "rules/20.yaml"));
  EXPECT_TRUE(diagnostics_.all().empty());
}

TEST_F(SiteFiles, WarnsOfAPatternThatNamesNothingAndRefusesAFileThatIsNotThere) {
  const auto site =
      site_with("abm: site/1\ndata: data\naccounts: { from: a }\nrules: [rules/*.yaml, missing.yaml]\n");
  ASSERT_TRUE(site.has_value()) << diagnostics_.format();
  EXPECT_TRUE(rules_files(*site, diagnostics_).files.empty());
  EXPECT_EQ(diagnostics_.warnings(), 1u);
  EXPECT_EQ(diagnostics_.errors(), 1u);
  EXPECT_THAT(diagnostics_.first_error(),
              HasSubstr("site.yaml:4:23: rules pattern 'missing.yaml' names no file"));
}

TEST_F(SiteFiles, TakesSpecialCharactersInItsFoldersNameLiterally) {
  const std::string odd = folder_ / "a[b]*?";
  std::filesystem::create_directories(odd + "/rules");
  write_text(odd + "/rules/x.yaml", "");
  write_text(odd + "/site.yaml", kSmallSite);
  const auto site = load_site(odd + "/site.yaml", diagnostics_);
  ASSERT_TRUE(site.has_value()) << diagnostics_.format();
  EXPECT_THAT(rules_files(*site, diagnostics_).files, ElementsAre("rules/x.yaml"));
}

TEST_F(SiteFiles, CountsWhatEachPatternNames) {
  std::filesystem::create_directories(folder_ / "rules");
  write_text(folder_ / "rules/a.yaml", "");
  write_text(folder_ / "rules/b.yaml", "");
  const auto site = site_with(
      "abm: site/1\ndata: data\naccounts: { from: a }\nrules: [rules/*.yaml, rules/a.yaml, 'r*/[b-z].yaml', no/*]\n");
  EXPECT_THAT(rules_files(*site, diagnostics_).patterns,
              ElementsAre(std::pair("rules/*.yaml", 2), std::pair("rules/a.yaml", 1),
                          std::pair("r*/[b-z].yaml", 1), std::pair("no/*", 0)));
}

TEST_F(SiteFiles, RefusesAPatternThatNamedFilesBeforeAndNamesNoneNow) {
  const NamedCounts before = {{"rules/*.yaml", 3}, {"one/*.yaml", 1}, {"none/*.yaml", 0}};
  rules_of("rules/*.yaml", &before);
  EXPECT_THAT(diagnostics_.first_error(),
              HasSubstr("site.yaml:5:5: rules pattern 'rules/*.yaml' names no file, and named 3 files in the "
                        "generation that serves: put them back, or correct the pattern; if this is intended, "
                        "publish once with --allow-shrink"));
  rules_of("one/*.yaml", &before);
  EXPECT_THAT(diagnostics_.first_error(),
              HasSubstr("named 1 file in the generation that serves: put it back"));
  rules_of("none/*.yaml", &before);
  EXPECT_TRUE(diagnostics_.ok()) << "it never named any";
  rules_of("new/*.yaml", &before);
  EXPECT_TRUE(diagnostics_.ok()) << "the pattern is new";
}

TEST_F(SiteFiles, DoesNotTakeWhatItMayNotReadForNothing) {
  std::filesystem::create_directories(folder_ / "rules/deep");
  write_text(folder_ / "rules/a.yaml", "");
  write_text(folder_ / "rules/deep/b.yaml", "");
  const auto closed = [&](const std::string& folder, mode_t mode, const std::string& pattern) {
    ::chmod((folder_ / folder).c_str(), mode);
    const auto site =
        site_with("abm: site/1\ndata: data\naccounts: { from: a }\nrules:\n  - " + pattern + "\n");
    {
      const AsNobody nobody;
      (void)rules_files(*site, diagnostics_);
    }
    ::chmod((folder_ / folder).c_str(), 0755);
    return diagnostics_.first_error();
  };
  const std::string place = folder_ / "site.yaml:5:5: rules pattern ";
  EXPECT_EQ(closed("rules", 0, "rules/*.yaml"),
            place + "'rules/*.yaml': " + (folder_ / "rules: permission denied"));
  EXPECT_EQ(closed("rules", 0744, "rules/*.yaml"),
            place + "'rules/*.yaml': " + (folder_ / "rules/a.yaml: permission denied"))
      << "names can be listed, but nothing opened";
  EXPECT_EQ(closed("rules", 0, "rules/a.yaml"),
            place + "'rules/a.yaml': " + (folder_ / "rules/a.yaml: permission denied"));
  EXPECT_EQ(closed("rules/deep", 0, "rules/*/b.yaml"),
            place + "'rules/*/b.yaml': " + (folder_ / "rules/deep/b.yaml: permission denied"));
  EXPECT_EQ(closed("rules/deep", 0, "rules/*.yaml"), "") << "nothing there concerns the pattern";
}

TEST_F(SiteFiles, RefusesALinkToNothing) {
  std::filesystem::create_directories(folder_ / "rules");
  std::filesystem::create_symlink("gone.yaml", folder_ / "rules/a.yaml");
  std::filesystem::create_symlink("gone.yaml", folder_ / "rules/.#b.yaml");  // an editor's lock
  write_text(folder_ / "rules/c.yaml", "");
  EXPECT_THAT(rules_of("rules/*.yaml").files, ElementsAre("rules/c.yaml"));
  EXPECT_EQ(diagnostics_.errors(), 1u);
  EXPECT_THAT(diagnostics_.first_error(), HasSubstr("rules/a.yaml: a link to a file that is not there"));
}

TEST_F(SiteFiles, FollowsLinksThatLeadSomewhere) {
  std::filesystem::create_directories(folder_ / "release-7");
  write_text(folder_ / "release-7/a.yaml", "");
  std::filesystem::create_symlink("release-7", folder_ / "current");
  EXPECT_THAT(rules_of("current/*.yaml").files, ElementsAre("current/a.yaml"));
  EXPECT_TRUE(diagnostics_.all().empty()) << diagnostics_.format();
}

TEST_F(SiteFiles, FindsTheTestsThatAreNamedOrTheOnesBesideTheSite) {
  EXPECT_THAT(tests_of(""), IsEmpty());
  EXPECT_TRUE(diagnostics_.ok()) << "a site need not have tests";
  write_text(folder_ / "rules.test.yaml", "");
  write_text(folder_ / "more.test.yaml", "");
  EXPECT_THAT(tests_of(""), ElementsAre(folder_ / "rules.test.yaml"));
  EXPECT_THAT(tests_of("tests: ['*.test.yaml', rules.test.yaml]\n"),
              ElementsAre(folder_ / "more.test.yaml", folder_ / "rules.test.yaml"));
  EXPECT_THAT(tests_of("tests: more.test.yaml\n"), ElementsAre(folder_ / "more.test.yaml"));
  EXPECT_THAT(tests_of("tests: []\n"), IsEmpty());
  EXPECT_TRUE(diagnostics_.ok());
}

TEST_F(SiteFiles, RefusesTestsThatAreNamedAndNotThere) {
  for (const char* pattern : {"gone.test.yaml", "'gone/*.test.yaml'"}) {
    EXPECT_THAT(tests_of(std::string("tests: [") + pattern + "]\n"), IsEmpty());
    EXPECT_THAT(diagnostics_.first_error(), HasSubstr("site.yaml:5:9: tests pattern 'gone")) << pattern;
    EXPECT_THAT(diagnostics_.first_error(), HasSubstr("names no file")) << pattern;
  }
  std::filesystem::create_symlink("gone.yaml", folder_ / "rules.test.yaml");
  EXPECT_THAT(tests_of(""), IsEmpty());
  EXPECT_THAT(diagnostics_.first_error(), HasSubstr("rules.test.yaml: a link to a file that is not there"));
}

}  // namespace
}  // namespace abm::generation
