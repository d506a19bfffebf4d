// The matcher against the reference on random rules, accounts and visits; who wins; what a visit may cost.
#include "rules/match/matcher.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/rules/allocation_counter.h"
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

reference::Decided copied(const Decision& decision) {
  reference::Decided out;
  out.arm = decision.arm;
  for (const Winner& winner : decision.winners) {
    out.winners.push_back({winner.slot, winner.rule, winner.variant, winner.held_out});
  }
  for (const MatchedRule& matched : decision.rules) out.rules.push_back(matched.rule);
  out.signals.assign(decision.signals.begin(), decision.signals.end());
  return out;
}

Visit visit_of(const accounts::AccountView& account, std::string_view path = "/") {
  Visit visit;
  visit.account = &account;
  visit.confidence = Confidence::kHigh;
  visit.host = "www.acme.example";
  visit.path = path;
  return visit;
}

/// The rule that wins slot 0 for the first account at `path`; -1 for none.
int winner_of(const Ruleset& ruleset, const std::vector<accounts::Account>& accounts,
              std::string_view path = "/") {
  Site site(ruleset, accounts);
  const accounts::AccountView account = site.account(0);
  const Decision decision = site.matcher().match(visit_of(account, path));
  return decision.winners.empty() ? -1 : static_cast<int>(decision.winners[0].rule);
}

TEST(Matcher, AgreesWithTheReferenceOnRandomRulesAccountsAndVisits) {
  size_t winners = 0, signals = 0, held_out = 0;
  for (uint32_t seed = 0; seed < 150; ++seed) {
    samples::Generator generator(seed);
    const Ruleset ruleset = generator.ruleset(1 + generator.below(40));
    const std::vector<accounts::Account> accounts = generator.accounts(24);
    Site site(ruleset, accounts);
    for (int i = 0; i < 200; ++i) {
      Visit visit = generator.visit();
      const auto ordinal = static_cast<uint32_t>(generator.below(accounts.size()));
      const accounts::AccountView account = site.account(ordinal);
      visit.account = &account;
      reference::Decided wanted = reference::decide(ruleset, accounts[ordinal], visit);
      wanted.matched.clear();
      const reference::Decided got = copied(site.matcher().match(visit));
      ASSERT_EQ(got, wanted) << "seed " << seed << ", account a" << ordinal << ", path " << visit.path;
      winners += got.winners.size();
      signals += got.signals.size();
      for (const reference::Won& won : got.winners) held_out += won.held_out ? 1u : 0u;
    }
  }
  EXPECT_GT(winners, 5000u);
  EXPECT_GT(signals, 5000u);
  EXPECT_GT(held_out, 500u);
}

TEST(Matcher, TellsWhetherAnAccountCanMatchOnSomePage) {
  size_t yes = 0, no = 0;
  for (uint32_t seed = 500; seed < 560; ++seed) {
    samples::Generator generator(seed);
    const Ruleset ruleset = generator.ruleset(1 + generator.below(5));
    const std::vector<accounts::Account> accounts = generator.accounts(12);
    Site site(ruleset, accounts);
    for (int i = 0; i < 300; ++i) {
      Visit visit = generator.visit();
      const auto ordinal = static_cast<uint32_t>(generator.below(accounts.size()));
      const accounts::AccountView account = site.account(ordinal);
      visit.account = &account;
      const bool may = site.matcher().may_match(account, visit.confidence);
      (may ? yes : no) += 1;
      const reference::Decided decided = reference::decide(ruleset, accounts[ordinal], visit);
      if (!decided.winners.empty() || !decided.signals.empty()) {
        EXPECT_TRUE(may) << "seed " << seed;
      }
    }
  }
  EXPECT_GT(yes, 1000u);
  EXPECT_GT(no, 1000u);
}

TEST(Matcher, MayMatchAsksTheAccountSideOfRulesFiledByPage) {
  Site site(
      samples::ruleset(
          1, {rule("r", all({test(Subject::kPath, {"/pricing"}), samples::range(Subject::kEmployees, 1000)}),
                   {content(0, "x")})}),
      {samples::account("a"), [] {
         accounts::Account large = samples::account("b");
         large.numbers[static_cast<size_t>(accounts::NumberField::kEmployees)] = 5000;
         return large;
       }()});
  EXPECT_FALSE(site.matcher().may_match(site.account(0), Confidence::kHigh));
  EXPECT_TRUE(site.matcher().may_match(site.account(1), Confidence::kHigh));
}

TEST(Matcher, NamesTheDefinedSegmentsThatHold) {
  for (uint32_t seed = 900; seed < 930; ++seed) {
    samples::Generator generator(seed);
    const Ruleset ruleset = generator.ruleset(3);
    const std::vector<accounts::Account> accounts = generator.accounts(20);
    Site site(ruleset, accounts);
    for (uint32_t i = 0; i < accounts.size(); ++i) {
      const auto names = site.matcher().defined_segments(site.account(i));
      EXPECT_EQ(std::vector<std::string>(names.begin(), names.end()),
                reference::defined_segments(ruleset, accounts[i]));
    }
  }
}

TEST(Matcher, PriorityBeatsSpecificityBeatsFileOrder) {
  accounts::Account deere = samples::account("deere");
  deere.text[static_cast<size_t>(accounts::TextField::kIndustry)] = "Manufacturing";
  deere.segments = {"ag"};
  deere.tier = accounts::Tier::kOneToFew;
  const Rule everyone = rule("everyone", all({}), {content(0, "e")});
  const Rule tier = rule("tier", test(Subject::kTier, {"one-to-few"}), {content(0, "t")});
  const Rule industry = rule("industry", test(Subject::kIndustry, {"manufacturing"}), {content(0, "i")});
  const Rule segment = rule("segment", test(Subject::kSegment, {"AG"}), {content(0, "s")});
  const Rule named = rule("named", test(Subject::kAccount, {"deere"}), {content(0, "a")});
  Rule loud = everyone;
  loud.priority = 1;
  Rule quiet = named;
  quiet.priority = -1;
  EXPECT_EQ(winner_of(samples::ruleset(1, {everyone, tier, industry, named}), {deere}), 3);
  EXPECT_EQ(winner_of(samples::ruleset(1, {everyone, tier, industry}), {deere}), 2);
  EXPECT_EQ(winner_of(samples::ruleset(1, {everyone, tier, segment, industry}), {deere}), 2);
  EXPECT_EQ(winner_of(samples::ruleset(1, {everyone, tier}), {deere}), 1);
  EXPECT_EQ(winner_of(samples::ruleset(1, {everyone, everyone}), {deere}), 0);
  EXPECT_EQ(winner_of(samples::ruleset(1, {named, loud}), {deere}), 1);
  EXPECT_EQ(winner_of(samples::ruleset(1, {quiet, everyone}), {deere}), 1);
}

TEST(Matcher, NamesUnderNotMakeARuleNoMoreSpecific) {
  const Rule tier = rule("tier", test(Subject::kTier, {"untiered"}), {content(0, "t")});
  const Rule other = rule("not-x", all({negated(test(Subject::kAccount, {"x"}))}), {content(0, "n")});
  EXPECT_EQ(winner_of(samples::ruleset(1, {other, tier}), {samples::account("deere")}), 1);
}

TEST(Matcher, AFieldThatTheAccountLacksMatchesNothing) {
  const std::vector<accounts::Account> deere = {samples::account("deere")};
  const auto wins = [&](Condition when) {
    return winner_of(samples::ruleset(1, {rule("r", when, {content(0, "x")})}), deere) == 0;
  };
  EXPECT_FALSE(wins(test(Subject::kIndustry, {"", "manufacturing"})));
  EXPECT_TRUE(wins(negated(test(Subject::kIndustry, {"manufacturing"}))));
  EXPECT_FALSE(wins(samples::range(Subject::kEmployees, std::nullopt, 10)));
  EXPECT_TRUE(wins(negated(samples::range(Subject::kEmployees, std::nullopt, 10))));
  EXPECT_FALSE(wins(test(Subject::kLanguage, {"", "de"})));
  EXPECT_FALSE(wins(test(Subject::kQuery, {"", "x"}, "utm")));
}

TEST(Matcher, ScheduleIsHalfOpenToTheSecond) {
  Rule timed = rule("r", all({}), {content(0, "x")});
  timed.from = 100;
  timed.until = 200;
  Site site(samples::ruleset(1, {timed}), {samples::account("a")});
  const accounts::AccountView account = site.account(0);
  for (const auto& [now, wanted] :
       std::vector<std::pair<int64_t, size_t>>{{99, 0}, {100, 1}, {199, 1}, {200, 0}}) {
    Visit visit = visit_of(account);
    visit.now = now;
    EXPECT_EQ(site.matcher().match(visit).winners.size(), wanted) << now;
  }
}

TEST(Matcher, HeldOutRulesKeepTheirSlots) {
  Rule strong = rule("strong", test(Subject::kAccount, {"a"}), {content(0, "x")});
  strong.holdout = kBuckets;
  Site site(samples::ruleset(1, {strong, rule("weak", all({}), {content(0, "y")})}), {samples::account("a")});
  const accounts::AccountView account = site.account(0);
  const Decision decision = site.matcher().match(visit_of(account));
  ASSERT_EQ(decision.winners.size(), 1u);
  EXPECT_EQ(decision.winners[0].rule, 0u);
  EXPECT_TRUE(decision.winners[0].held_out);
  EXPECT_EQ(decision.arm, Arm::kHoldout);
}

TEST(Matcher, ControlAccountsStillSayWhatTheyWouldHaveHad) {
  Ruleset ruleset = samples::ruleset(1, {rule("r", all({}), {content(0, "x")})});
  ruleset.control = {kBuckets, "salt"};
  Site site(ruleset, {samples::account("a")});
  const accounts::AccountView account = site.account(0);
  const Decision decision = site.matcher().match(visit_of(account));
  EXPECT_EQ(decision.arm, Arm::kControl);
  EXPECT_EQ(decision.winners.size(), 1u);
}

TEST(Matcher, VariantsShareAccountsByWeight) {
  Rule varied = rule("r", all({}), {});
  varied.variants = {
      {"a", 70, {content(0, "a")}}, {"b", 20, {content(0, "b")}}, {"c", 10, {content(0, "c")}}};
  std::vector<accounts::Account> accounts;
  for (int i = 0; i < 20'000; ++i) accounts.push_back(samples::account("acc-" + std::to_string(i)));
  Site site(samples::ruleset(1, {varied}), accounts);
  std::vector<int> seen(3);
  for (uint32_t i = 0; i < site.accounts(); ++i) {
    const accounts::AccountView account = site.account(i);
    ++seen.at(static_cast<size_t>(site.matcher().match(visit_of(account)).winners[0].variant));
  }
  // Three standard errors of a share p of 20,000 are at most 3 * sqrt(0.25 * 20,000) = 212.
  EXPECT_NEAR(seen[0], 14'000, 212);
  EXPECT_NEAR(seen[1], 4'000, 212);
  EXPECT_NEAR(seen[2], 2'000, 212);
}

TEST(Matcher, HostPathAndLanguageCompareWithoutCase) {
  const Rule r = rule("r",
                      all({test(Subject::kHost, {"www.acme.example"}), test(Subject::kPath, {"/Pricing/**"}),
                           test(Subject::kLanguage, {"de"})}),
                      {content(0, "x")});
  Site site(samples::ruleset(1, {r}), {samples::account("a")});
  const accounts::AccountView account = site.account(0);
  Visit visit = visit_of(account, "/pRICING/x");
  visit.host = "WWW.Acme.Example.";
  visit.language = "DE-ch;q=0.9, en;q=0.8";
  EXPECT_EQ(site.matcher().match(visit).winners.size(), 1u);
  visit.language = "en, de;q=0.9";
  EXPECT_EQ(site.matcher().match(visit).winners.size(), 0u);
}

TEST(Matcher, ValuesPathsAndQueriesCompareWithoutCaseInEveryAlphabet) {
  const Rule r = rule("r",
                      all({test(Subject::kIndustry, {"ÖPNV"}), test(Subject::kSegment, {"Société"}),
                           test(Subject::kAttribute, {"РОСТЕХ"}, "partner"),
                           test(Subject::kPath, {"/LÖSUNGEN/**"}), test(Subject::kQuery, {"Öl"}, "q")}),
                      {content(0, "x")});
  accounts::Account account = samples::account("a");
  account.text[static_cast<size_t>(accounts::TextField::kIndustry)] = "o\u0308pnv";
  account.segments = {"SOCIE\u0301TÉ"};
  account.attributes = {{"partner", "Ростех"}};
  Site site(samples::ruleset(1, {r}), {account});
  const accounts::AccountView view = site.account(0);
  Visit visit = visit_of(view, "/lösungen/\xff");
  visit.query = "q=%C3%96L";
  EXPECT_EQ(site.matcher().match(visit).winners.size(), 1u);
  visit.query = "q=O%CC%88l";
  EXPECT_EQ(site.matcher().match(visit).winners.size(), 1u);
  visit.query = "q=ol";
  EXPECT_EQ(site.matcher().match(visit).winners.size(), 0u);
}

TEST(Matcher, AllocatesNothingDuringMatch) {
  samples::Generator generator(3);
  const std::vector<accounts::Account> accounts = generator.accounts(24);
  Site site(generator.ruleset(200), accounts);
  for (uint32_t i = 0; i < 500; ++i) {
    Visit visit = generator.visit();
    const accounts::AccountView account = site.account(i % 24);
    visit.account = &account;
    const size_t before = allocations();
    const Decision decision = site.matcher().match(visit);
    static_cast<void>(site.matcher().may_match(account, visit.confidence));
    static_cast<void>(site.matcher().defined_segments(account));
    EXPECT_EQ(allocations(), before);
    EXPECT_LE(decision.winners.size(), 4u);
  }
}

TEST(Matcher, AnAccountWithMoreKeysThanAreRememberedMatchesAllTheSame) {
  accounts::Account many = samples::account("many");
  std::vector<Rule> rules;
  for (int i = 0; i < 60; ++i) {
    many.segments.push_back("seg" + std::to_string(i));
    rules.push_back(rule("r" + std::to_string(i), test(Subject::kSegment, {"SEG" + std::to_string(i)}),
                         {content(static_cast<uint32_t>(i), "x")}));
  }
  Site site(samples::ruleset(60, rules), {many, samples::account("none")});
  const accounts::AccountView account = site.account(0), none = site.account(1);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(site.matcher().match(visit_of(account)).winners.size(), 60u);
    EXPECT_EQ(site.matcher().match(visit_of(none)).winners.size(), 0u);
    EXPECT_TRUE(site.matcher().may_match(account, Confidence::kHigh));
    EXPECT_FALSE(site.matcher().may_match(none, Confidence::kHigh));
  }
}

}  // namespace
}  // namespace abm::rules
