// Explanations: they agree fully with the matcher, and name what the visit has and what the rule wants.
#include "rules/match/explain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/rules/reference.h"
#include "tests/rules/samples.h"

namespace abm::rules {
namespace {

using samples::all;
using samples::any;
using samples::content;
using samples::negated;
using samples::rule;
using samples::Site;
using samples::test;

accounts::Account deere() {
  accounts::Account account = samples::account("deere");
  account.text[static_cast<size_t>(accounts::TextField::kIndustry)] = "Retail";
  account.numbers[static_cast<size_t>(accounts::NumberField::kEmployees)] = 20;
  account.tier = accounts::Tier::kOneToMany;
  account.segments = {"ag-equipment"};
  account.numbers[static_cast<size_t>(accounts::NumberField::kQuietDays)] = 0;
  account.pages = {{"/Pricing", 0}, {"/demo/book", 1}, {"/careers", 12}};
  return account;
}

std::vector<RuleExplanation> explained(const Ruleset& ruleset, int64_t now = 0,
                                       Confidence confidence = Confidence::kHigh) {
  Site site(ruleset, {deere()});
  const accounts::AccountView account = site.account(0);
  Visit visit;
  visit.account = &account;
  visit.confidence = confidence;
  visit.host = "www.acme.example";
  visit.path = "/pricing";
  visit.query = "utm_source=ads+now";
  visit.language = "en-US";
  visit.now = now;
  return explain(site.program(), visit);
}

std::string reason(Condition when) {
  const Ruleset ruleset = samples::ruleset(1, {rule("r", std::move(when), {content(0, "x")})});
  return explained(ruleset)[0].reason;
}

TEST(Explain, SaysWhichPageWasVisitedAndWhen) {
  const auto visited = [](std::vector<std::string> paths, uint32_t days) {
    Condition condition = test(Subject::kVisited, std::move(paths));
    condition.test.days = days;
    return condition;
  };
  EXPECT_EQ(reason(visited({"/pricing"}, 1)), "");
  EXPECT_EQ(reason(visited({"/nowhere/**"}, 30)),
            "visited: account has none, rule wants /nowhere/** within 30 days");
  EXPECT_EQ(reason(visited({"/careers", "/jobs"}, 12)),
            "visited: account was on /careers 12 days ago, rule wants /careers or /jobs within 12 days");
  EXPECT_EQ(reason(visited({"/careers", "/jobs"}, 13)), "");
  EXPECT_EQ(reason(visited({"/demo/*"}, 1)),
            "visited: account was on /demo/book yesterday, rule wants /demo/* within 1 day");
  EXPECT_EQ(reason(negated(visited({"/**"}, 7))),
            "visited: account was on /Pricing today, which the rule excludes (/** within 7 days)");
  EXPECT_EQ(reason(samples::range(Subject::kQuietDays, 30)),
            "quiet_days: account has 0, rule wants at least 30");
  EXPECT_EQ(reason(samples::range(Subject::kVisits30d, 1)),
            "visits_30d: account has none, rule wants at least 1");
}

TEST(Explain, NamesWhatTheVisitHasAndWhatTheRuleWants) {
  EXPECT_EQ(reason(test(Subject::kPath, {"/solutions/**"})), "path: /pricing is not /solutions/**");
  EXPECT_EQ(reason(test(Subject::kHost, {"shop.example", "a.example"})),
            "host: www.acme.example is not a.example or shop.example");
  EXPECT_EQ(reason(test(Subject::kTier, {"one-to-one"})),
            "tier: account has one-to-many, rule wants one-to-one");
  EXPECT_EQ(reason(test(Subject::kIndustry, {"manufacturing", "automotive"})),
            "industry: account has Retail, rule wants automotive or manufacturing");
  EXPECT_EQ(reason(test(Subject::kStage, {"customer"})), "stage: account has none, rule wants customer");
  EXPECT_EQ(reason(test(Subject::kAttribute, {"sap"}, "partner")),
            "attributes.partner: account has none, rule wants sap");
  EXPECT_EQ(reason(samples::range(Subject::kEmployees, 1000)),
            "employees: account has 20, rule wants at least 1000");
  EXPECT_EQ(reason(samples::range(Subject::kEmployees, std::nullopt, 5)),
            "employees: account has 20, rule wants at most 5");
  EXPECT_EQ(reason(samples::range(Subject::kIntent, 1, 5)), "intent: account has none, rule wants 1 to 5");
  EXPECT_EQ(reason(test(Subject::kQuery, {"mail"}, "utm_source")),
            "query.utm_source: page has ads now, rule wants mail");
  EXPECT_EQ(reason(test(Subject::kLanguage, {"de"})), "language: visitor has en-US, rule wants de");
  EXPECT_EQ(reason(test(Subject::kAccount, {"a", "b", "c", "d", "e", "f", "g"})),
            "account: account has deere, rule wants a, b, c, d, e or one of 2 more");
}

TEST(Explain, SaysWhatARuleExcludes) {
  EXPECT_EQ(reason(negated(test(Subject::kIndustry, {"retail"}))),
            "industry: account has Retail, which the rule excludes");
  EXPECT_EQ(reason(negated(test(Subject::kPath, {"/pri*"}))),
            "path: /pricing is what the rule excludes (/pri*)");
  EXPECT_EQ(reason(negated(all({}))), "the condition can never hold");
}

TEST(Explain, SaysWhyADefinedSegmentDoesNotHold) {
  Ruleset ruleset =
      samples::ruleset(1, {rule("r", test(Subject::kSegment, {"enterprise"}), {content(0, "x")})});
  ruleset.segments.push_back({"Enterprise", samples::range(Subject::kEmployees, 1000), {}});
  ruleset.segments.push_back({"small", samples::range(Subject::kEmployees, 0, 100), {}});
  EXPECT_EQ(explained(ruleset)[0].reason,
            "segment: account has ag-equipment, small, rule wants enterprise "
            "(Enterprise: employees: account has 20, rule wants at least 1000)");
}

TEST(Explain, SaysWhenScheduleAndConfidenceDecide) {
  Rule timed = rule("r", all({}), {content(0, "x")});
  timed.from = 1'767'225'600;
  timed.until = 1'769'817'600;
  timed.needs = Confidence::kHigh;
  timed.at = {0, {7, 5}};
  const Ruleset ruleset = samples::ruleset(1, {timed});
  EXPECT_EQ(explained(ruleset, 0)[0].reason, "schedule: starts 2026-01-01T00:00:00Z");
  EXPECT_EQ(explained(ruleset, 1'769'817'600)[0].reason, "schedule: ended 2026-01-31T00:00:00Z");
  EXPECT_EQ(explained(ruleset, 0, Confidence::kMedium)[0].reason, "confidence: medium, rule needs high");
  EXPECT_EQ(explained(ruleset, 0)[0].line, 7u);
}

TEST(Explain, PointsAtTheLineOfTheConditionThatFailed) {
  Condition path = test(Subject::kPath, {"/x"});
  path.test.at = {1, {12, 9}};
  Ruleset ruleset =
      samples::ruleset(1, {rule("r", all({test(Subject::kAccount, {"deere"}), path}), {content(0, "x")})});
  ruleset.files = {"a.yaml", "b.yaml"};
  const std::vector<RuleExplanation> explanations = explained(ruleset);
  EXPECT_EQ(explanations[0].file, "b.yaml");
  EXPECT_EQ(explanations[0].line, 12u);
}

TEST(Explain, SaysToWhomASlotWasLostAndWhy) {
  Rule loud = rule("loud", all({}), {content(1, "x")});
  loud.priority = 5;
  const Ruleset ruleset =
      samples::ruleset(2, {rule("everyone", all({}), {content(0, "x"), content(1, "y")}),
                           rule("named", test(Subject::kAccount, {"deere"}), {content(0, "x")}),
                           rule("later", all({}), {content(0, "x")}), loud});
  const std::vector<RuleExplanation> e = explained(ruleset);
  using Lost = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(e[0].lost,
            (Lost{{"s0", "to 'named': names an account"}, {"s1", "to 'loud': has priority 5 over 0"}}));
  EXPECT_EQ(e[1].won, std::vector<std::string>{"s0"});
  EXPECT_EQ(e[2].lost, (Lost{{"s0", "to 'named': names an account"}}));
  EXPECT_EQ(e[3].won, std::vector<std::string>{"s1"});
  const Ruleset tied =
      samples::ruleset(1, {rule("a", all({}), {content(0, "x")}), rule("b", all({}), {content(0, "x")})});
  EXPECT_EQ(explained(tied)[1].lost, (Lost{{"s0", "to 'a': comes first in file order"}}));
}

TEST(Explain, SaysWhyASlotThatWasWonStaysOriginal) {
  using Original = std::vector<std::pair<std::string, std::string>>;
  const auto why = [](SlotRewrite rewrite, uint32_t holdout = 0) {
    Rule only = rule("r", all({}), {std::move(rewrite)});
    only.holdout = holdout;
    return explained(samples::ruleset(1, {only}))[0];
  };
  EXPECT_EQ(why(content(0, "for {{account.industry}}")).original, Original{});
  EXPECT_EQ(why(content(0, "{{account.industry}} and {{account.attributes.rival}}")).original,
            (Original{{"s0", "account.attributes.rival has no value and no default"}}));
  SlotRewrite linked = content(0, "x");
  linked.attributes.resize(1);
  linked.attributes[0].name = "href";
  linked.attributes[0].value = samples::text("/{{account.stage}}", rewrite::Place::kUrlDoubleQuoted);
  EXPECT_EQ(why(linked).original, (Original{{"s0", "account.stage has no value and no default"}}));

  const auto fragment = [](std::string path, std::string_view text) {
    return Fragment{std::move(path), std::make_shared<rewrite::Template>(samples::text(text))};
  };
  SlotRewrite file;
  file.html_file = samples::text("industry/{{account.industry}}.html");
  file.fragments = {fragment("industry/energy.html", "no")};
  EXPECT_EQ(why(file).original, (Original{{"s0", "there is no industry/Retail.html"}}));
  file.fragments.push_back(fragment("industry/retail.html", "{{account.intent}}"));
  EXPECT_EQ(why(file).original, (Original{{"s0", "account.intent has no value and no default"}}));
  file.html_file = samples::text("{{account.play}}.html");
  EXPECT_EQ(why(file).original, (Original{{"s0", "account.play has no value and no default"}}));

  const RuleExplanation held_out = why(content(0, "x"), 10'000);
  EXPECT_EQ(held_out.original, (Original{{"s0", "this account is held out"}}));
  EXPECT_EQ(held_out.won, std::vector<std::string>{"s0"});
}

TEST(Explain, AgreesWithMatcherAndReferenceOnRandomRules) {
  size_t matched = 0, lost = 0;
  for (uint32_t seed = 2000; seed < 2060; ++seed) {
    samples::Generator generator(seed);
    const Ruleset ruleset = generator.ruleset(1 + generator.below(25));
    const std::vector<accounts::Account> accounts = generator.accounts(12);
    Site site(ruleset, accounts);
    for (int i = 0; i < 40; ++i) {
      Visit visit = generator.visit();
      const auto ordinal = static_cast<uint32_t>(generator.below(accounts.size()));
      const accounts::AccountView account = site.account(ordinal);
      visit.account = &account;
      const std::vector<uint32_t> wanted = reference::decide(ruleset, accounts[ordinal], visit).matched;
      const Decision decision = site.matcher().match(visit);
      std::map<std::string, uint32_t> winner_of_slot;
      for (const Winner& winner : decision.winners) {
        winner_of_slot[std::string(site.program().slot_name(winner.slot))] = winner.rule;
      }
      size_t won = 0;
      for (const RuleExplanation& rule : explain(site.program(), visit)) {
        EXPECT_EQ(rule.matched, std::binary_search(wanted.begin(), wanted.end(), rule.rule)) << seed;
        EXPECT_EQ(rule.matched, rule.reason.empty());
        for (const std::string& slot : rule.won) EXPECT_EQ(winner_of_slot.at(slot), rule.rule);
        for (const auto& [slot, why] : rule.lost) EXPECT_NE(winner_of_slot.at(slot), rule.rule);
        won += rule.won.size();
        lost += rule.lost.size();
        matched += rule.matched ? 1u : 0u;
      }
      EXPECT_EQ(won, decision.winners.size());
    }
  }
  EXPECT_GT(matched, 1000u);
  EXPECT_GT(lost, 500u);
}

}  // namespace
}  // namespace abm::rules
