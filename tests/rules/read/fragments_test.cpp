#include "rules/read/fragments.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rules/read/memory_files.h"

namespace abm::rules {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(FragmentPath, StaysBeneathItsFolder) {
  for (const char* good : {"a.html", "a/b.html", "..a", "a..b/c", ".hidden", "a b.html"}) {
    EXPECT_EQ(fragment_path_fault(good), "") << good;
  }
  for (const char* bad : {"", "/", "/a", "..", "../a", "a/..", "a/../b", ".", "./a", "a//b", "a/", "%2e%2e/a",
                          "a%00", "a\\b"}) {
    EXPECT_NE(fragment_path_fault(bad), "") << bad;
  }
  EXPECT_NE(fragment_path_fault(std::string("a\0b", 3)), "");
}

TEST(FragmentPattern, APlaceholderStandsForOneNameOnly) {
  std::vector<rewrite::TemplateError> errors;
  const auto pattern = rewrite::parse_template("i/{{ account.industry }}-{{ account.stage }}.html",
                                               rewrite::TemplateKind::kPath, errors);
  ASSERT_TRUE(errors.empty());
  EXPECT_TRUE(fits_pattern("i/energy-aware.html", pattern));
  EXPECT_TRUE(fits_pattern("i/a-b-c.html", pattern));
  EXPECT_FALSE(fits_pattern("i/-aware.html", pattern));
  EXPECT_FALSE(fits_pattern("i/a/b-c.html", pattern));
  EXPECT_FALSE(fits_pattern("i/energy.html", pattern));
  EXPECT_FALSE(fits_pattern("i/a b-c.html", pattern));
  EXPECT_TRUE(fits_pattern("i/öl-первый.html", pattern));
  EXPECT_FALSE(fits_pattern("i/öl–gas-c.html", pattern));
  EXPECT_FALSE(fits_pattern("i/\xff-c.html", pattern));
}

/// A folder of its own, deleted with the test.
class DiskTest : public testing::Test {
 protected:
  DiskTest() {
    std::string name = (fs::temp_directory_path() / "abm-rules-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    fs::create_directories(root_ / "rules/fragments");
    write("secret.html", "<p>secret</p>");
    write("rules/fragments/good.html", "<p>good</p>");
    fs::create_symlink("good.html", root_ / "rules/fragments/inside.html");
    fs::create_symlink("../../secret.html", root_ / "rules/fragments/outside.html");
    fs::create_directory_symlink("..", root_ / "rules/up");
  }
  ~DiskTest() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) { std::ofstream(root_ / name) << text; }
  std::string load(const std::string& html_file) {
    write("rules/a.yaml",
          "abm: rules/1\nrules:\n  - { id: one, rewrite: { s: { html_file: \"" + html_file + "\" } } }\n");
    Diagnostics diagnostics;
    const bool ok =
        load_rules({(root_ / "rules/a.yaml").string()}, disk_source(), {}, diagnostics).has_value();
    return ok ? "accepted" : diagnostics.first_error();
  }
  fs::path root_;
};

TEST_F(DiskTest, ReadsFragmentsAlsoBehindALinkToTheRulesFolder) {
  EXPECT_EQ(load("fragments/good.html"), "accepted");
  fs::create_directory_symlink(root_ / "rules", root_ / "linked");
  Diagnostics diagnostics;
  EXPECT_TRUE(load_rules({(root_ / "linked/a.yaml").string()}, disk_source(), {}, diagnostics));
}

TEST_F(DiskTest, RefusesLinksBelowTheRulesFolderAndSaysWhatToDo) {
  const std::string remedy = "a symlink leads to it, and none is followed here: put the file itself there";
  EXPECT_THAT(load("fragments/inside.html"), HasSubstr(remedy));
  // A pattern does not silently skip them.
  fs::remove(root_ / "rules/fragments/outside.html");
  EXPECT_THAT(load("fragments/{{ account.industry }}.html"), HasSubstr(remedy));
  fs::remove(root_ / "rules/fragments/inside.html");
  EXPECT_EQ(load("fragments/{{ account.industry }}.html"), "accepted");
}

TEST_F(DiskTest, NeverReadsASecretWhileAFragmentIsSwappedForALink) {
  const fs::path fragment = root_ / "rules/fragments/good.html",
                 link = root_ / "rules/fragments/outside.html";
  std::atomic<bool> stop{false};
  std::thread swapper([&] {
    while (!stop) ::renameat2(AT_FDCWD, fragment.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE);
  });
  size_t read = 0;
  for (int i = 0; i < 10000; ++i) {
    const auto bytes = disk_source().read_beneath((root_ / "rules").string(), "fragments/good.html", 1000);
    if (!bytes) continue;
    ++read;
    if (*bytes == "<p>good</p>") continue;
    ADD_FAILURE() << *bytes;
    break;
  }
  stop = true;
  swapper.join();
  EXPECT_GT(read, 0u);
}

TEST_F(DiskTest, RefusesEveryWayOut) {
  EXPECT_THAT(load("../secret.html"), HasSubstr("leaves its folder"));
  EXPECT_THAT(load("fragments/../../secret.html"), HasSubstr("leaves its folder"));
  EXPECT_THAT(load((root_ / "secret.html").string()), HasSubstr("is absolute"));
  EXPECT_THAT(load("fragments/outside.html"), HasSubstr("a symlink leads to it"));
  EXPECT_THAT(load("up/secret.html"), HasSubstr("a symlink leads to it"));
  EXPECT_THAT(load("fragments/%2e%2e/secret.html"), HasSubstr("holds a '%'"));
  EXPECT_THAT(load("fragments/good.html\\0"), HasSubstr("control character"));
  EXPECT_THAT(load("fragments"), HasSubstr("not a regular file"));
  EXPECT_THAT(load("fragments/none.html"), HasSubstr("no such file"));
}

TEST_F(DiskTest, ListsFilesAndLinksToFilesButWalksNoLinkedFolder) {
  const auto names = disk_source().list((root_ / "rules").string(), 100);
  ASSERT_TRUE(names);
  EXPECT_THAT(*names, ElementsAre("fragments/good.html", "fragments/inside.html", "fragments/outside.html"));
  EXPECT_FALSE(disk_source().list((root_ / "rules").string(), 1));
}

TEST_F(DiskTest, NeverWaitsOnAPipe) {
  ASSERT_EQ(::mkfifo((root_ / "rules/fragments/pipe.html").c_str(), 0600), 0);
  EXPECT_THAT(load("fragments/pipe.html"), HasSubstr("not a regular file"));
}

TEST(Fragments, ReportTheirErrorsInTheirOwnFile) {
  const Loaded loaded = load_files(
      {{"r/a.yaml", "abm: rules/1\nrules:\n  - { id: one, rewrite: { s: { html_file: f.html } } }\n"},
       {"r/f.html", "<p>\n<p>ä {{ account.nmae }}"}});
  EXPECT_THAT(loaded.text(),
              HasSubstr("r/f.html:2:6: unknown field 'account.nmae', did you mean 'account.name'?"));
}

TEST(Fragments, RefuseBytesThatAreNotText) {
  const std::string rules = "abm: rules/1\nrules:\n  - { id: one, rewrite: { s: { html_file: f.html } } }\n";
  EXPECT_THAT(load_files({{"a.yaml", rules}, {"f.html", "a\nb\xff"}}).text(),
              HasSubstr("f.html:2:2: this byte is not UTF-8"));
  EXPECT_THAT(load_files({{"a.yaml", rules}, {"f.html", std::string("a\0b", 3)}}).text(),
              HasSubstr("f.html:1:2: a NUL byte"));
  LoadOptions options;
  options.max_fragment_bytes = 2;
  EXPECT_THAT(load_files({{"a.yaml", rules}, {"f.html", "abc"}}, options).text(), HasSubstr("too large"));
}

TEST(Fragments, AByteOrderMarkAtTheBeginningIsNoText) {
  const std::string rules = "abm: rules/1\nrules:\n  - { id: one, rewrite: { s: { html_file: f.html } } }\n";
  const std::string mark = "\xef\xbb\xbf";
  const auto content = [&](const std::string& bytes) {
    const Loaded loaded = load_files({{"a.yaml", rules}, {"f.html", bytes}});
    if (!loaded.ruleset) return loaded.text();
    const rewrite::Template& text = *loaded.ruleset->rules[0].rewrite[0].fragments[0].content;
    return text.parts.empty() ? std::string() : std::get<std::string>(text.parts[0]);
  };
  EXPECT_EQ(content(mark + "<p>x</p>"), "<p>x</p>");
  EXPECT_EQ(content(mark), "");
  // Elsewhere it is U+FEFF, a character like any other; so is a second one.
  EXPECT_EQ(content("<p>" + mark + "</p>"), "<p>" + mark + "</p>");
  EXPECT_EQ(content(mark + mark + "x"), mark + "x");
  EXPECT_THAT(content(mark + "{{ account.nmae }}"), HasSubstr("f.html:1:1: unknown field"));
}

TEST(Fragments, AreFoundHoweverTheirNamesAreComposed) {
  const std::string nfc = "für.html", nfd = "fu\u0308r.html";
  const auto load = [](const std::string& html_file, std::vector<std::string> names) {
    std::map<std::string, std::string> files = {
        {"a.yaml",
         "abm: rules/1\nrules:\n  - { id: one, rewrite: { s: { html_file: '" + html_file + "' } } }\n"}};
    for (const std::string& name : names) files.emplace(name, "<p>x</p>");
    return load_files(files);
  };
  const auto finds = [&](const std::string& html_file, const std::string& name, bool warns) {
    const Loaded loaded = load(html_file, {name, "page.htm"});
    ASSERT_TRUE(loaded.ruleset) << loaded.text();
    ASSERT_EQ(loaded.ruleset->rules[0].rewrite[0].fragments.size(), 1u) << html_file;
    EXPECT_EQ(loaded.ruleset->rules[0].rewrite[0].fragments[0].path, name);
    EXPECT_EQ(loaded.text().find("composed otherwise") != std::string::npos, warns) << loaded.text();
  };
  finds(nfc, nfc, false);
  finds(nfd, nfd, false);
  finds(nfc, nfd, true);
  finds(nfd, nfc, true);
  finds("{{ account.industry }}r.html", nfc, false);
  finds("{{ account.industry }}r.html", "fu\u0308r.html", false);
  finds("fü{{ account.industry }}.html", nfd, true);
  EXPECT_THAT(load(nfc, {nfc, nfd}).text(), HasSubstr("differ only in how its letters are composed"));
  EXPECT_THAT(load(nfd, {nfc, nfd}).text(), HasSubstr("differ only in how its letters are composed"));
  EXPECT_THAT(load("f{{ account.industry }}.html", {nfc, nfd}).text(), HasSubstr("differ only in how"));
  EXPECT_THAT(load(nfc, {"fur.html"}).text(), HasSubstr("cannot be read"));
}

TEST(Fragments, APatternThatFitsNothingIsAWarning) {
  const Loaded loaded =
      load_text("rules:\n  - { id: one, rewrite: { s: { html_file: 'i/{{ account.industry }}.html' } } }\n");
  EXPECT_TRUE(loaded.ruleset);
  EXPECT_THAT(loaded.text(), HasSubstr("[ABM013]"));
}

}  // namespace
}  // namespace abm::rules
