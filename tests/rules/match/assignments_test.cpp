// Assignments: what was drawn before the visit is what the visit gets.
#include "rules/match/assignments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

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

}  // namespace
}  // namespace abm::rules
