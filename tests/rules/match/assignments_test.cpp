// Assignments: what was drawn before the visit is what the visit gets.
#include "rules/match/assignments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/hash.h"
#include "rules/match/explain.h"
#include "tests/rules/reference.h"
#include "tests/rules/samples.h"

namespace abm::rules {
namespace {

using samples::content;
using samples::negated;
using samples::rule;
using samples::Site;
using samples::test;

Condition confidence_test(Confidence level) {
  Condition condition = test(Subject::kConfidence, {});
  condition.test.confidence = level;
  return condition;
}

TEST(Assignments, SayWhatEveryVisitIsGiven) {
  size_t matched = 0, held_out = 0, varied = 0, control = 0;
  for (uint32_t seed = 2000; seed < 2100; ++seed) {
    samples::Generator generator(seed);
    const Ruleset ruleset = generator.ruleset(1 + generator.below(30));
    const std::vector<accounts::Account> accounts = generator.accounts(12);
    Site site(ruleset, accounts);
    const auto assigner = Assigner::create(site.program());
    ASSERT_NE(assigner, nullptr);
    for (int i = 0; i < 120; ++i) {
      Visit visit = generator.visit();
      const auto ordinal = static_cast<uint32_t>(generator.below(accounts.size()));
      const accounts::AccountView account = site.account(ordinal);
      visit.account = &account;
      const Assignment assignment = assigner->assignment_of(account);
      ASSERT_TRUE(std::is_sorted(assignment.rules.begin(), assignment.rules.end(),
                                 [](const auto& a, const auto& b) { return a.rule < b.rule; }));
      const reference::Decided decided = reference::decide(ruleset, accounts[ordinal], visit);
      EXPECT_EQ(assignment.control, decided.arm == Arm::kControl) << "seed " << seed;
      control += assignment.control ? 1u : 0u;
      for (const RuleExplanation& explained : explain(site.program(), visit)) {
        if (!explained.matched) continue;
        const auto found = std::find_if(assignment.rules.begin(), assignment.rules.end(),
                                        [&](const auto& one) { return one.rule == explained.rule; });
        ASSERT_NE(found, assignment.rules.end()) << "seed " << seed << ", rule " << explained.rule;
        EXPECT_EQ(found->held_out, explained.held_out) << "seed " << seed << ", rule " << explained.rule;
        EXPECT_EQ(found->variant, explained.variant) << "seed " << seed << ", rule " << explained.rule;
        ++matched;
        held_out += found->held_out ? 1u : 0u;
        varied += found->variant > 0 ? 1u : 0u;
      }
    }
  }
  EXPECT_GT(matched, 5000u);
  EXPECT_GT(held_out, 500u);
  EXPECT_GT(varied, 200u);
  EXPECT_GT(control, 500u);
}

TEST(Assignments, NameOnlyRulesThatTheAccountSideAllows) {
  accounts::Account deere = samples::account("deere");
  deere.tier = accounts::Tier::kOneToMany;
  Rule unsure = rule("unsure", negated(confidence_test(Confidence::kHigh)), {content(0, "x")});
  Rule sure = unsure;
  sure.id = "sure";
  sure.needs = Confidence::kHigh;  // needs what its condition excludes
  Rule ended = rule("ended", test(Subject::kPath, {"/pricing"}), {content(0, "x")});
  ended.until = 1;
  Site site(samples::ruleset(1, {rule("few", test(Subject::kTier, {"one-to-few"}), {content(0, "x")}),
                                 rule("many", test(Subject::kTier, {"one-to-many"}), {content(0, "x")}),
                                 unsure, sure, ended}),
            {deere});
  const auto assigner = Assigner::create(site.program());
  ASSERT_NE(assigner, nullptr);
  const Assignment assignment = assigner->assignment_of(site.account(0));
  std::vector<std::string_view> names;
  for (const AssignedRule& one : assignment.rules) names.push_back(site.program().rule(one.rule).id);
  EXPECT_EQ(names, (std::vector<std::string_view>{"many", "unsure", "ended"}));
}

/// Twenty families of five, the top last; each rule draws a holdout and a variant.
std::vector<accounts::Account> families() {
  std::vector<accounts::Account> list;
  for (int family = 0; family < 20; ++family) {
    const std::string top = "top" + std::to_string(family);
    for (int i = 0; i < 4; ++i) {
      list.push_back(samples::account(top + "-" + std::to_string(i)));
      list.back().text[static_cast<size_t>(accounts::TextField::kParent)] =
          i == 0 ? top : top + "-" + std::to_string(i - 1);
    }
    list.push_back(samples::account(top));
  }
  return list;
}

Ruleset drawing_rules(bool by_family) {
  Ruleset site = samples::ruleset(2, {samples::rule("a", {}, {}), samples::rule("b", {}, {})});
  for (size_t i = 0; i < 2; ++i) {
    site.rules[i].holdout = 4000;
    const auto slot = static_cast<uint32_t>(i);
    site.rules[i].variants = {{"one", 1, {samples::content(slot, "1")}},
                              {"two", 1, {samples::content(slot, "2")}}};
  }
  site.control = {3000, "q4", by_family};
  return site;
}

/// "control", or holdout and variant in both rules, as the matcher and the assigner say them.
std::vector<std::string> lots_of(const Ruleset& rules, const std::vector<accounts::Account>& list) {
  samples::Site site(rules, list);
  const auto assigner = Assigner::create(site.program());
  std::vector<std::string> lots;
  for (uint32_t i = 0; i < site.accounts(); ++i) {
    const accounts::AccountView account = site.account(i);
    Visit visit;
    visit.account = &account;
    visit.confidence = Confidence::kHigh;
    visit.path = "/";
    const Decision decision = site.matcher().match(visit);
    std::string& lot = lots.emplace_back(decision.arm == Arm::kControl ? "control" : "");
    const Assignment assignment = assigner->assignment_of(account);
    EXPECT_EQ(assignment.control, decision.arm == Arm::kControl);
    const auto explained = explain(site.program(), visit);
    for (size_t rule = 0; rule < 2; ++rule) {
      const Winner& winner = decision.winners[rule];
      EXPECT_EQ(assignment.rules[rule].held_out, winner.held_out);
      EXPECT_EQ(assignment.rules[rule].variant, winner.variant);
      EXPECT_EQ(explained[rule].held_out, winner.held_out);
      EXPECT_EQ(explained[rule].variant, winner.variant);
      lot += " " + std::to_string(winner.held_out) + std::to_string(winner.variant);
    }
  }
  return lots;
}

TEST(Assignments, DrawOneLotForAFamilyAndTheTopsOwn) {
  const auto list = families();
  const auto together = lots_of(drawing_rules(true), list), apart = lots_of(drawing_rules(false), list);
  size_t differ = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    const size_t top = i / 5 * 5 + 4;
    EXPECT_EQ(together[i], apart[top]) << list[i].id() << " draws what its top drew alone";
    differ += apart[i] == apart[top] ? 0 : 1;
  }
  EXPECT_GT(differ, 40u) << "drawn one by one, a family sees several stories";
}

/// As they were drawn by earlier versions: by account, whatever its parent is.
TEST(Assignments, DrawByAccountAsEver) {
  const auto list = families();
  const auto apart = lots_of(drawing_rules(false), list);
  const std::vector<std::string> first(apart.begin(), apart.begin() + 10);
  std::vector<std::string> expected;
  for (size_t i = 0; i < 10; ++i) {
    const std::string& id = list[i].id();
    std::string lot = hash64("control:q4:" + id) % 10000 < 3000 ? "control" : "";
    for (const std::string rule : {"a", "b"}) {
      lot += hash64("holdout:" + rule + ":" + id) % 10000 < 4000 ? " 1" : " 0";
      lot += hash64("variant:" + rule + ":" + id) % 10000 < 5000 ? "0" : "1";
    }
    expected.push_back(lot);
  }
  EXPECT_EQ(first, expected);
}

}  // namespace
}  // namespace abm::rules
