// ABM022: groups that are too small, counted as they are drawn.
#include "rules/lint/small_groups.h"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accounts/snapshot_writer.h"
#include "rules/program/arms.h"
#include "tests/rules/read/memory_files.h"

namespace abm::rules {
namespace {

using testing::HasSubstr;

/// A feed of so many accounts a0, a1 …, each in two segments, the last of which is excluded.
class SmallGroups : public testing::Test {
 protected:
  void list(size_t accounts) {
    accounts::SnapshotWriter writer;
    for (size_t i = 0; i < accounts; ++i) {
      accounts::Account account;
      account.text[static_cast<size_t>(accounts::TextField::kId)] = "a" + std::to_string(i);
      account.text[static_cast<size_t>(accounts::TextField::kName)] = "A";
      account.segments = {"one", "two"};
      account.exclude = i + 1 == accounts;
      writer.add(account);
    }
    accounts_ = accounts - 1;
    bytes_ = *writer.finish({"acme", 1, 0, {}});
    snapshot_.emplace(*accounts::Snapshot::open(bytes_));
  }
  std::string lint(const std::string& body) {
    LoadOptions options;
    options.accounts = &*snapshot_;
    const Loaded loaded = load_files({{"a.yaml", "abm: rules/1\n" + body}}, options);
    EXPECT_TRUE(loaded.ruleset) << loaded.text();
    return loaded.text();
  }
  static std::string rule(const std::string& more) {
    return "rules:\n  - { id: r, rewrite: { s: { text: Hi } }, " + more + " }\n";
  }
  /// How many accounts are in the lowest buckets of a lot.
  size_t drawn(std::string_view kind, std::string_view name, uint32_t buckets) const {
    size_t count = 0;
    for (size_t i = 0; i < accounts_; ++i)
      count += bucket(kind, name, "a" + std::to_string(i)) < buckets ? 1 : 0;
    return count;
  }

  size_t accounts_ = 0;
  std::string bytes_;
  std::optional<accounts::Snapshot> snapshot_;
};

TEST_F(SmallGroups, ATenthOfSixtyAccountsIsTooFew) {
  list(61);
  EXPECT_THAT(
      lint("control: { percent: 10, salt: q4 }\n"),
      HasSubstr("a.yaml:2:1: warning: 'control' of 10 % keeps back " +
                std::to_string(drawn("control", "q4", 1000)) +
                " of 60 accounts: no effect can be shown with fewer than 20, about 34 % would do [ABM022]"));
  EXPECT_THAT(lint(rule("holdout: 12.5, when: { segment: [one, two] }")),
              HasSubstr("a.yaml:3:5: warning: 'holdout' of 12.5 % of rule 'r' keeps back " +
                        std::to_string(drawn("holdout", "r", 1250)) + " of 60 accounts that it may match: "));
  EXPECT_THAT(
      lint(rule("holdout: 90")),
      HasSubstr(
          "leaves " + std::to_string(60 - drawn("holdout", "r", 9000)) +
          " of 60 accounts that it may match: no effect can be shown with fewer than 20, about 66 % would do"));
}

TEST_F(SmallGroups, AFamilyIsOneDraw) {
  accounts::SnapshotWriter writer;
  size_t control = 0;
  for (size_t i = 0; i < 600; ++i) {
    accounts::Account account;
    const std::string top = "a" + std::to_string(i % 60);
    account.text[static_cast<size_t>(accounts::TextField::kId)] =
        i < 60 ? top : top + "-" + std::to_string(i);
    account.text[static_cast<size_t>(accounts::TextField::kName)] = "A";
    if (i >= 60) account.text[static_cast<size_t>(accounts::TextField::kParent)] = top;
    writer.add(account);
    if (i < 60) control += bucket("control", "q4", top) < 1000 ? 1 : 0;
  }
  bytes_ = *writer.finish({"acme", 1, 0, {}});
  snapshot_.emplace(*accounts::Snapshot::open(bytes_));
  EXPECT_EQ(lint("control: { percent: 10, salt: q4 }\n"), "") << "600 accounts, drawn one by one";
  EXPECT_THAT(lint("control: { percent: 10, salt: q4, by: parent }\n"),
              HasSubstr("'control' of 10 % keeps back " + std::to_string(control) + " of 60 families: "));
  EXPECT_THAT(lint("control: { percent: 0, by: parent }\n" + rule("holdout: 10")),
              HasSubstr(" of 60 families that it may match: "));
}

TEST_F(SmallGroups, ExactlyTwentyAreEnough) {
  list(401);
  size_t warned = 0, silent = 0;
  for (uint32_t percent = 1; percent <= 99; ++percent) {
    const size_t kept_back = drawn("holdout", "r", percent * 100);
    const bool enough = std::min(kept_back, accounts_ - kept_back) >= kFewestCompared;
    EXPECT_EQ(lint(rule("holdout: " + std::to_string(percent))) == "", enough) << percent;
    const size_t control = drawn("control", "s", percent * 100);
    EXPECT_EQ(lint("control: { percent: " + std::to_string(percent) + ", salt: s }\n") == "",
              std::min(control, accounts_ - control) >= kFewestCompared)
        << percent;
    ++(enough ? silent : warned);
  }
  EXPECT_GT(warned, 4u);
  EXPECT_GT(silent, 80u);
}

TEST_F(SmallGroups, TheControlGroupIsNotComparedWithAHoldout) {
  list(401);
  uint32_t percent = 1;  // the smallest that is enough without a control group
  while (drawn("holdout", "r", percent * 100) < kFewestCompared) ++percent;
  size_t kept_back = 0, all = 0;
  for (size_t i = 0; i < accounts_; ++i) {
    const std::string id = "a" + std::to_string(i);
    if (bucket("control", "s", id) < 5000) continue;
    ++all;
    kept_back += bucket("holdout", "r", id) < percent * 100 ? 1 : 0;
  }
  ASSERT_LT(kept_back, kFewestCompared);
  const std::string held = rule("holdout: " + std::to_string(percent));
  EXPECT_EQ(lint(held), "");
  EXPECT_THAT(lint("control: { percent: 50, salt: s }\n" + held),
              HasSubstr("keeps back " + std::to_string(kept_back) + " of " + std::to_string(all) +
                        " accounts that it may match outside of 'control': "));
}

TEST_F(SmallGroups, SaysWhereNoShareWouldDo) {
  list(40);
  EXPECT_THAT(
      lint(rule("holdout: 50")),
      HasSubstr("of 39 accounts that it may match: no effect can be shown with fewer than 20, and two such "
                "groups need more accounts [ABM022]"));
  EXPECT_THAT(lint(rule("holdout: 50, when: { account: a3 }")),
              HasSubstr(" of 1 account that it may match: "));
}

TEST_F(SmallGroups, NobodyAndEverybodyIsASwitchAndSilenceIsHeard) {
  list(61);
  for (const char* fine : {"control: { percent: 0 }\n", "control: { percent: 100 }\n",
                           "silence: [ABM022]\ncontrol: { percent: 10 }\n"})
    EXPECT_EQ(lint(fine), "") << fine;
  for (const char* fine : {"holdout: 0", "holdout: 100", "holdout: 10, silence: ABM022"})
    EXPECT_EQ(lint(rule(fine)), "") << fine;
  EXPECT_EQ(lint("silence: [ABM022]\n" + rule("holdout: 10")), "");
  // Nobody may match: that is told by ABM004, and only once.
  EXPECT_THAT(lint(rule("holdout: 10, when: { account: a60 }")), testing::Not(HasSubstr("ABM022")));
}

}  // namespace
}  // namespace abm::rules
