#include "measure/outcomes/outcomes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "measure/outcomes/assigned_accounts.h"
#include "measure/outcomes/outcome_rows.h"
#include "measure/report/outcome_words.h"
#include "tests/measure/outcomes/outcome_testing.h"
#include "tests/measure/report_testing.h"

namespace abm::measure {
namespace {

using connect::Opportunity;
using testing::account_name;
using testing::day;
using testing::deal;
using testing::Declared;
using testing::exports;
using testing::Line;
using testing::primary_outcome;
using testing::store_of;
using testing::won;

Outcomes gathered(VisitStore& store, OutcomesRequest request) {
  auto outcomes = gather_outcomes(store.database(), std::move(request));
  EXPECT_TRUE(outcomes.ok()) << outcomes.message();
  return outcomes.ok() ? std::move(*outcomes) : Outcomes();
}

Line visit(std::string account, std::string_view ts, std::string_view arm) {
  Line line;
  line.account = std::move(account);
  line.ts = ts;
  line.arm = arm;
  return line;
}

constexpr std::string_view kTreatedArm = "\"treated\"", kControlArm = "\"control\"",
                           kHoldoutArm = "\"holdout\"";

TEST(Outcomes, AnAccountThatCameIsInTheArmOfItsFirstVisitAndItsClockStartsThen) {
  Line robot = visit("deere", "2026-11-01T00:00:00.000Z", kControlArm);
  robot.bot = "true";
  Line later = visit("deere", "2026-11-05T12:00:00.000Z", kControlArm);
  later.tier = "untiered";
  auto store = store_of({robot, later, visit("deere", "2026-11-03T12:00:00.000Z", kTreatedArm),
                         visit("ford", "2026-11-02T00:00:00.000Z", "null"),
                         visit("held", "2026-11-02T00:00:00.000Z", kHoldoutArm),
                         visit("kept", "2026-11-02T00:00:00.000Z", kControlArm)});
  const auto outcomes = gathered(store, {.set = exports({deal("deere", day(3), 1)}, day(30))});
  const auto& accounts = outcomes.came.accounts;
  ASSERT_EQ(accounts.size(), 3u) << "an account that was excluded has no arm";
  EXPECT_EQ(accounts[0].account, "deere");
  EXPECT_FALSE(accounts[0].control);
  EXPECT_TRUE(accounts[0].changed);
  EXPECT_EQ(accounts[0].since_ms, day(2.5));
  EXPECT_EQ(accounts[0].tier, "one-to-one");
  EXPECT_EQ(accounts[0].segments, std::vector<std::string>{"ag"});
  EXPECT_FALSE(accounts[1].control) << "a rule's holdout is no control group";
  EXPECT_TRUE(accounts[2].control);
  EXPECT_EQ(outcomes.came.changed, 1u);
  EXPECT_EQ(accounts[0].opportunities, 1u);
}

TEST(Outcomes, AVisitFromBeforeThePeriodStartsNoClock) {
  auto store = store_of({visit("deere", "2026-11-03T12:00:00.000Z", kControlArm),
                         visit("deere", "2026-11-10T00:00:00.000Z", kTreatedArm)},
                        day(5));
  const auto outcomes = gathered(store, {.set = exports({deal("deere", day(3), 1)}, day(30))});
  ASSERT_EQ(outcomes.came.accounts.size(), 1u);
  EXPECT_EQ(outcomes.came.accounts[0].since_ms, day(9));
  EXPECT_FALSE(outcomes.came.accounts[0].control);
  EXPECT_EQ(outcomes.came.accounts[0].before, 1u);
}

TEST(Outcomes, AFirstVisitSinceADayIsNotCalledTheFirstVisit) {
  auto store = store_of({visit("deere", "2026-11-03T12:00:00.000Z", kControlArm),
                         visit("deere", "2026-11-10T00:00:00.000Z", kTreatedArm),
                         visit("ford", "2026-11-10T00:00:00.000Z", kTreatedArm)},
                        day(5));
  OutcomesRequest request{.set = exports({deal("deere", day(3), 1)}, day(30)), .from_ms = day(5)};
  const auto since = gathered(store, request);
  EXPECT_EQ(since.known_before, 1u);
  EXPECT_EQ(window_text(since, Question::kCame), "within 180 days of their first visit since 2026-11-06");
  std::string remarks;
  for (const std::string& remark : outcome_remarks(since)) remarks += remark + "\n";
  EXPECT_NE(remarks.find("1 of 2 accounts that came had been there before 2026-11-06, too: its clock starts"),
            std::string::npos)
      << remarks;
  request.from_ms.reset();
  const auto all = gathered(store, request);
  EXPECT_EQ(all.known_before, 0u);
  EXPECT_EQ(window_text(all, Question::kCame), "within 180 days of their first visit");
}

std::vector<ListedAccount> listed_of(size_t count) {
  std::vector<ListedAccount> listed;
  for (size_t i = 0; i < count; ++i) {
    ListedAccount& account = listed.emplace_back();
    account.id = account_name(i);
    account.tier = i % 4 == 0 ? "one-to-few" : "one-to-many";
    account.arm = i % 5 == 0 ? "control" : "treated";
    account.segments = {i % 2 == 0 ? "even" : "odd"};
  }
  return listed;
}

TEST(Outcomes, ListedAccountsAreInTheArmOfTheirHashWhetherTheyCameOrNot) {
  auto store = store_of({visit("account-0001", "2026-11-03T12:00:00.000Z", kControlArm)});
  auto listed = listed_of(10);
  listed[2].excluded = true;
  listed[2].arm = "";
  OutcomesRequest request{.set = exports({deal("account-0007", day(2), 5)}, day(30)),
                          .settings = Declared{.since = day(1) / 1000}.input(),
                          .listed = &listed};
  const auto outcomes = gathered(store, request);
  EXPECT_EQ(outcomes.listed.lacks, "");
  EXPECT_EQ(outcomes.listed.accounts.size(), 9u);
  EXPECT_EQ(outcomes.listed.kept_back.accounts, 2u);
  EXPECT_EQ(outcomes.listed.treated.opportunities, 1u);
  EXPECT_FALSE(outcomes.listed.accounts[1].control) << "the visit's arm is not asked";
  EXPECT_EQ(outcomes.listed.accounts[1].since_ms, day(1));
  EXPECT_TRUE(outcomes.came.accounts[0].control);
}

TEST(Outcomes, TheDayOfListedAccountsIsTheDeclaredOneThenThePeriodsThenThePrimaryGoals) {
  auto store = store_of({visit("account-0001", "2026-11-03T12:00:00.000Z", kControlArm)});
  const auto listed = listed_of(10);
  OutcomesRequest request{.set = exports({deal("account-0007", day(2), 5)}, day(30)),
                          .settings = Declared{.since = day(1) / 1000}.input(),
                          .primary = primary_outcome("won", day(4) / 1000),
                          .listed = &listed,
                          .from_ms = day(2)};
  EXPECT_EQ(gathered(store, request).since_from, "outcomes: since");
  EXPECT_EQ(gathered(store, request).since_ms, day(1));
  request.settings.since.reset();
  EXPECT_EQ(gathered(store, request).since_from, "--from");
  EXPECT_EQ(gathered(store, request).since_ms, day(2));
  request.from_ms.reset();
  EXPECT_EQ(gathered(store, request).since_from, "primary: since");
  EXPECT_EQ(gathered(store, request).since_ms, day(4));
  request.primary.reset();
  EXPECT_NE(gathered(store, request).listed.lacks.find("outcomes: { since: 2026-11-01 }"), std::string::npos);
}

TEST(Outcomes, WhatKeepsListedAccountsFromBeingComparedIsSaid) {
  auto store = store_of({visit("account-0001", "2026-11-03T12:00:00.000Z", kControlArm)});
  auto listed = listed_of(10);
  OutcomesRequest request{.set = exports({deal("account-0007", day(2), 5)}, day(30)),
                          .settings = Declared{.since = day(1) / 1000}.input()};
  EXPECT_TRUE(gathered(store, request).listed.lacks.starts_with("there is no account list"));
  for (ListedAccount& account : listed) account.arm.clear();
  request.listed = &listed;
  EXPECT_TRUE(gathered(store, request).listed.lacks.starts_with("the arms of listed accounts are not known"));
  listed = listed_of(10);
  request.settings.since = day(30) / 1000;
  EXPECT_EQ(gathered(store, request).listed.lacks,
            "they are compared since 2026-12-01T00:00:00Z (outcomes: since), and the exports reach until "
            "2026-12-01T00:00:00Z: export the opportunities again");
  request.now_ms = day(29);
  EXPECT_TRUE(gathered(store, request)
                  .listed.lacks.starts_with(
                      "they are compared since 2026-12-01T00:00:00Z (outcomes: since), which is to come"));
  request.set.opportunities.clear();
  EXPECT_EQ(gathered(store, request).listed.lacks, "the exports hold no opportunity");
  EXPECT_EQ(gathered(store, request).came.lacks, "the exports hold no opportunity");
  request.set.rows = request.set.left_out = 3;
  EXPECT_TRUE(
      gathered(store, request).came.lacks.starts_with("of 3 rows of the exports none is an opportunity"));
}

TEST(Outcomes, AccountsThatNobodyFollowedYetAreNotAccountsWithoutAnOpportunity) {
  auto store = store_of({visit("early", "2026-11-03T12:00:00.000Z", kTreatedArm),
                         visit("late", "2026-11-20T00:00:00.000Z", kTreatedArm),
                         visit("latest", "2026-11-25T00:00:00.000Z", kControlArm)});
  const auto outcomes = gathered(store, {.set = exports({deal("early", day(3), 1)}, day(19))});
  EXPECT_EQ(outcomes.came.accounts.size(), 1u);
  EXPECT_EQ(outcomes.came.treated.accounts, 1u);
  EXPECT_EQ(outcomes.came.treated.not_followed, 1u);
  EXPECT_EQ(outcomes.came.kept_back.not_followed, 1u);
}

/// 400 accounts, 100 of them in control, that came in the first ten days, with deals: every `treated_every`th
/// treated account has one, of 1,000 times 1 to 9, and every `control_every`th one in control.
struct Programme {
  std::vector<Line> lines;
  std::vector<Opportunity> deals;
  std::vector<ListedAccount> listed;

  Programme(size_t treated_every, size_t control_every) {
    for (size_t i = 0; i < 400; ++i) {
      const bool control = i % 4 == 0;
      Line line = visit(account_name(i), "", control ? kControlArm : kTreatedArm);
      line.ts = "2026-11-" + std::string(i % 10 + 1 < 10 ? "0" : "") + std::to_string(i % 10 + 1) +
                "T06:00:00.000Z";
      line.tier = i % 3 == 0 ? "one-to-few" : "untiered";
      lines.push_back(line);
      if (i / 4 % (control ? control_every : treated_every) == 0)
        deals.push_back(deal(account_name(i), day(static_cast<double>(i % 10 + 1 + i % 20)),
                             1000.0 * static_cast<double>(i % 9 + 1)));
      listed.push_back({account_name(i), "", line.tier, "", ""});
      listed.back().arm = control ? "control" : "treated";
    }
  }
};

Outcomes judged(const Programme& programme, const Declared& settings, bool arms_are_off = false,
                std::optional<generation::PrimaryGoal> primary = {}, double as_of_day = 60) {
  auto store = store_of(programme.lines);
  OutcomesRequest request{.set = exports(programme.deals, day(as_of_day)),
                          .settings = settings.input(),
                          .primary = std::move(primary),
                          .listed = &programme.listed};
  Outcomes outcomes = gathered(store, std::move(request));
  const Plan plan{.control = 0.25, .holdouts = {}, .accounts = 400};
  judge_outcomes(outcomes, plan, {.came = arms_are_off, .listed = false});
  return outcomes;
}

TEST(Outcomes, CompareSharesAndMeansOfAllAccountsAsAssigned) {
  const auto outcomes = judged(Programme(4, 10), {.window_days = 30});
  const QuestionResult& came = outcomes.came;
  const Comparison& share = came.opportunity.comparison;
  EXPECT_EQ(share.treated.accounts, 300u);
  EXPECT_EQ(share.treated.hits, 75u);
  EXPECT_EQ(share.kept_back.accounts, 100u);
  EXPECT_EQ(share.kept_back.hits, 10u);
  ASSERT_TRUE(share.difference.has_value());
  EXPECT_DOUBLE_EQ(share.difference->estimate, 0.15);
  EXPECT_DOUBLE_EQ(share.difference->p, compare({75, 300}, {10, 100}).difference->p);
  ASSERT_TRUE(came.amount.comparison.difference.has_value()) << came.amount.comparison.lacks;
  EXPECT_DOUBLE_EQ(came.amount.comparison.treated.mean, came.treated.amount / 300);
  EXPECT_EQ(came.won.comparison.difference.has_value(), false);
  EXPECT_EQ(came.won.comparison.lacks.substr(0, 31), "0 accounts had a deal won; with");
  ASSERT_TRUE(came.to_opportunity.test.has_value()) << came.to_opportunity.lacks;
  EXPECT_LT(came.to_opportunity.test->p, 0.05);
  EXPECT_EQ(came.to_opportunity.treated.happened, 75u);
  EXPECT_FALSE(came.to_won.test.has_value());
  EXPECT_EQ(came.treated.windows_over, 300u);
  EXPECT_TRUE(came.retention.empty()) << "no column says what a renewal is";
}

TEST(Outcomes, FromBeforeTheFirstVisitAreNoOutcomes) {
  // An analyst who counted them got 47 instead of 42.
  Programme programme(7, 9);
  programme.deals.resize(42);
  const auto plain = judged(programme, {});
  EXPECT_EQ(plain.came.treated.opportunities + plain.came.kept_back.opportunities, 42u);
  for (size_t i = 0; i < 5; ++i)
    programme.deals.push_back(won(deal(account_name(i * 8 + 1), day(-20), 5000), day(15)));
  const auto outcomes = judged(programme, {});
  EXPECT_EQ(outcomes.came.treated.opportunities + outcomes.came.kept_back.opportunities, 42u);
  EXPECT_EQ(outcomes.came.treated.before, 5u);
  EXPECT_DOUBLE_EQ(outcomes.came.treated.amount_before, 25'000);
  EXPECT_EQ(outcomes.came.won.comparison.treated.hits, 0u);
  EXPECT_DOUBLE_EQ(outcomes.came.amount.comparison.treated.mean, plain.came.amount.comparison.treated.mean);
}

TEST(Outcomes, TimesAreCensoredAtTheEndOfTheWindowOrOfTheExports) {
  const auto early = judged(Programme(4, 10), {.window_days = 30}, false, {}, 20);
  EXPECT_LE(early.came.to_opportunity.treated.longest, 20);
  EXPECT_EQ(early.came.treated.windows_over, 0u);
  const auto late = judged(Programme(4, 10), {.window_days = 12}, false, {}, 300);
  EXPECT_DOUBLE_EQ(late.came.to_opportunity.treated.longest, 12);
  EXPECT_GT(late.came.to_won.treated.longest, 200) << "what counts may be won whenever";
}

TEST(Outcomes, DailyLooksCountAccountsWhoseWindowIsOver) {
  const auto outcomes = judged(Programme(4, 10), {.window_days = 30}, false, {}, 35.5);
  const DailyLook& look = *outcomes.came.opportunity.comparison.daily;
  EXPECT_EQ(look.lacks, "");
  // Those that came on the first six days, by 6:00.
  EXPECT_EQ(look.treated.accounts + look.kept_back.accounts, 240u);
  EXPECT_EQ(outcomes.came.treated.windows_over + outcomes.came.kept_back.windows_over, 240u);
  EXPECT_EQ(judged(Programme(4, 10), {.window_days = 30}, true).came.opportunity.comparison.daily->lacks,
            "the arms are not as planned (the top of the page says more)");
  EXPECT_EQ(judged(Programme(4, 10), {.window_days = 400}).came.opportunity.comparison.daily->lacks,
            "a window of more than 365 days is not followed by the day");
}

TEST(Outcomes, WinsorisedAndAdjustedFiguresStandBesideOnlyWhereTheyAreDeclared) {
  Programme programme(4, 5);
  for (size_t i = 0; i < 60; ++i)
    programme.deals.push_back(deal(account_name(i), day(-3), 2000.0 * static_cast<double>(i % 5)));
  const auto plain = judged(programme, {.window_days = 30}).came.amount;
  EXPECT_FALSE(plain.winsorised.has_value());
  EXPECT_FALSE(plain.by_before.has_value());
  const auto declared =
      judged(programme,
             {.window_days = 30, .winsorise = 2000, .adjust = generation::AdjustBy::kPipelineBefore})
          .came;
  EXPECT_DOUBLE_EQ(declared.amount.comparison.difference->p, plain.comparison.difference->p)
      << "what stands beside replaces nothing";
  ASSERT_TRUE(declared.amount.winsorised.has_value());
  EXPECT_LT(declared.amount.winsorised->treated.mean, plain.comparison.treated.mean);
  ASSERT_TRUE(declared.amount.by_before.has_value());
  EXPECT_EQ(declared.amount.by_before->interval.has_value(),
            declared.amount.comparison.interval_lacks.empty());
  EXPECT_FALSE(declared.amount.by_before->interval.has_value())
      << "fewer than 25 amounts: no interval beside where the plain figure has none";
  EXPECT_GE(declared.amount.by_before->explained, 0);
  EXPECT_LE(declared.amount.by_before->explained, 1);
  EXPECT_TRUE(declared.opportunity.by_before.has_value());
  const auto none = judged(Programme(4, 5), {.adjust = generation::AdjustBy::kPipelineBefore}).came;
  EXPECT_EQ(none.adjust_lacks, "no account had pipeline in a window's length before its start");
  EXPECT_FALSE(none.amount.by_before.has_value());
}

TEST(Outcomes, VisitsFromBeforeAreCountedForListedAccounts) {
  Programme programme(4, 5);
  for (size_t i = 0; i < 50; ++i) {
    for (size_t k = 0; k < i % 7; ++k)
      programme.lines.push_back(visit(account_name(i), "2026-10-20T06:00:00.000Z", kTreatedArm));
  }
  const auto outcomes = judged(
      programme, {.window_days = 30, .since = day(0) / 1000, .adjust = generation::AdjustBy::kVisitsBefore});
  EXPECT_EQ(outcomes.listed.accounts[6].visits_before, 6u);
  EXPECT_EQ(outcomes.listed.accounts[7].visits_before, 0u);
  EXPECT_TRUE(outcomes.listed.amount.by_before.has_value()) << outcomes.listed.adjust_lacks;
  EXPECT_NE(outcomes.came.adjust_lacks.find("for listed accounts"), std::string::npos);
}

TEST(Outcomes, VisitsFromAfterAControlGroupBeganAreNoBefore) {
  Programme programme(4, 5);
  programme.lines.push_back(visit(account_name(0), "2026-10-20T06:00:00.000Z", kTreatedArm));
  programme.lines.push_back(visit(account_name(3), "2026-10-20T06:00:00.000Z", kControlArm));
  const auto outcomes = judged(
      programme, {.window_days = 30, .since = day(0) / 1000, .adjust = generation::AdjustBy::kVisitsBefore});
  EXPECT_FALSE(outcomes.listed.amount.by_before.has_value());
  EXPECT_NE(outcomes.listed.adjust_lacks.find("personalization had a part"), std::string::npos);
}

TEST(Outcomes, EachQuestionIsJudgedByItsOwnLot) {
  Outcomes outcomes = judged(Programme(4, 5), {.window_days = 30, .since = day(0) / 1000});
  const Plan plan{.control = 0.25, .holdouts = {}, .accounts = 400};
  judge_outcomes(outcomes, plan, {.came = false, .listed = true});
  EXPECT_FALSE(outcomes.came.is_off);
  EXPECT_TRUE(outcomes.listed.is_off);
}

TEST(Outcomes, ListedAccountsHaveOneLook) {
  const Outcomes outcomes = judged(Programme(4, 5), {.window_days = 30, .since = day(0) / 1000});
  EXPECT_NE(outcomes.listed.opportunity.comparison.daily->lacks.find("there is one look"), std::string::npos);
  EXPECT_EQ(outcomes.came.opportunity.comparison.daily->lacks.find("there is one look"), std::string::npos);
}

// Of two visits in the same millisecond with different arms, the order of lines does not choose.
TEST(Outcomes, VisitsAtTheSameMomentAreOrderedByTheirArm) {
  const std::string at = "2026-11-01T06:00:00.000Z";
  for (const bool control_first : {true, false}) {
    Programme programme(4, 5);
    programme.lines.clear();
    programme.lines.push_back(visit("twice", at, control_first ? kControlArm : kTreatedArm));
    programme.lines.push_back(visit("twice", at, control_first ? kTreatedArm : kControlArm));
    auto store = store_of(programme.lines);
    const auto accounts = accounts_that_came(store.database(), nullptr);
    ASSERT_TRUE(accounts) << accounts.message();
    ASSERT_EQ(accounts->size(), 1u);
    EXPECT_TRUE(accounts->front().control);
    EXPECT_TRUE(accounts->front().changed);
    EXPECT_EQ(store.database().number("SELECT count(*) FROM assigned WHERE arm = 'control'")->value_or(0), 1);
  }
}

TEST(Outcomes, ThePrimaryOneIsNotOneOfSeveral) {
  auto outcomes = judged(Programme(4, 5), {.window_days = 30, .since = day(0) / 1000});
  EXPECT_EQ(family_of(outcomes).p.size(), 6u) << "opportunity, amount and days to it, for both questions";
  auto primary = judged(Programme(4, 5), {.window_days = 30, .since = day(0) / 1000}, false,
                        primary_outcome("amount", 1));
  EXPECT_TRUE(primary.came.amount.is_primary);
  EXPECT_FALSE(primary.listed.amount.is_primary);
  const Family family = family_of(primary);
  EXPECT_EQ(family.p.size(), 5u);
  for (const OneOfSeveral& test : family.p) *test.adjusted = 0.5;
  EXPECT_FALSE(primary.came.amount.comparison.adjusted_p.has_value());
  EXPECT_EQ(primary.listed.to_opportunity.adjusted_p, 0.5);
}

TEST(Outcomes, WinsorisedMeansAreOfTheFamilyEvenOfThePrimaryOne) {
  auto outcomes = judged(Programme(4, 5), {.window_days = 30, .since = day(0) / 1000, .winsorise = 100.0},
                         false, primary_outcome("amount", 1));
  EXPECT_EQ(family_of(outcomes).p.size(), 7u) << "five others, and the winsorised amount of both questions";
  for (const OneOfSeveral& test : family_of(outcomes).p) *test.adjusted = 0.5;
  EXPECT_FALSE(outcomes.came.amount.comparison.adjusted_p.has_value());
  EXPECT_EQ(outcomes.came.amount.winsorised->adjusted_p, 0.5);
}

TEST(Outcomes, TiersAndSegmentsAddUpAndSmallSegmentsAreLeftOut) {
  Programme programme(4, 5);
  for (size_t i = 0; i < programme.listed.size(); ++i) {
    programme.listed[i].segments = {"all", i % 40 == 0 ? "rare" : "usual"};
  }
  const auto listed = judged(programme, {.window_days = 30, .since = day(0) / 1000}).listed;
  uint64_t accounts = 0, hits = 0;
  for (const Part& tier : listed.tiers) {
    accounts += tier.opportunity.treated.accounts + tier.opportunity.kept_back.accounts;
    hits += tier.opportunity.treated.hits + tier.opportunity.kept_back.hits;
  }
  EXPECT_EQ(accounts, listed.accounts.size());
  EXPECT_EQ(hits, listed.opportunity.comparison.treated.hits + listed.opportunity.comparison.kept_back.hits);
  ASSERT_EQ(listed.segments.size(), 2u);
  EXPECT_EQ(listed.segments[0].name, "all");
  EXPECT_EQ(listed.segments[1].name, "usual");
  EXPECT_EQ(listed.segments_left_out, 1u);
}

/// All figures of a question in one text.
std::string figures_of(const QuestionResult& result) {
  std::string text;
  const auto add = [&text](double value) { text += std::to_string(value) + " "; };
  for (const OutcomeAccount& account : result.accounts) {
    text += account.account + (account.control ? " c " : " t ") + account.tier + " ";
    for (const double value : {double(account.since_ms), double(account.opportunities), account.amount,
                               account.days_to_opportunity.value_or(-1), account.amount_before})
      add(value);
  }
  for (const auto* share : {&result.opportunity, &result.won}) {
    if (share->comparison.difference) add(share->comparison.difference->p);
    add(share->comparison.daily->p);
  }
  if (result.amount.comparison.difference) {
    add(result.amount.comparison.difference->p);
    add(result.amount.comparison.difference->interval.low);
  }
  if (result.to_opportunity.test) add(result.to_opportunity.test->statistic);
  return text;
}

TEST(Outcomes, NothingDependsOnTheOrderOfLines) {
  Programme programme(4, 5);
  const auto first = judged(programme, {.window_days = 30, .since = day(0) / 1000});
  std::mt19937 random(7);
  for (int i = 0; i < 3; ++i) {
    std::shuffle(programme.lines.begin(), programme.lines.end(), random);
    std::shuffle(programme.deals.begin(), programme.deals.end(), random);
    std::shuffle(programme.listed.begin(), programme.listed.end(), random);
    const auto again = judged(programme, {.window_days = 30, .since = day(0) / 1000});
    EXPECT_EQ(figures_of(again.came), figures_of(first.came));
    EXPECT_EQ(figures_of(again.listed), figures_of(first.listed));
  }
}

TEST(Outcomes, SumsOverAccountsAreTheTotalsAndTheTablesHoldThem) {
  Programme programme(4, 5);
  programme.deals.push_back(deal("", day(3), 77));
  auto store = store_of(programme.lines);
  OutcomesRequest request{.set = exports(programme.deals, day(60)),
                          .settings = Declared{.window_days = 30}.input()};
  const Outcomes outcomes = gathered(store, std::move(request));
  uint64_t deals = 0;
  for (const OutcomeAccount& account : outcomes.came.accounts)
    deals += account.opportunities + account.before + account.after;
  EXPECT_EQ(deals + 1, programme.deals.size());
  ASSERT_TRUE(write_outcome_rows(store.database(), &outcomes).ok());
  EXPECT_EQ(testing::number(store, "SELECT count(*) FROM opportunity WHERE account IS NULL"), 1);
  EXPECT_EQ(testing::number(store, "SELECT count(*) FROM outcome_account WHERE question = 'came'"), 400);
  EXPECT_EQ(testing::number(store, "SELECT sum(amount) FROM outcome_account WHERE arm = 'treated'"),
            static_cast<int64_t>(outcomes.came.treated.amount));
  EXPECT_EQ(testing::number(store, "SELECT count(*) FROM outcome_account WHERE visits_before IS NOT NULL"),
            0);
  ASSERT_TRUE(write_outcome_rows(store.database(), nullptr).ok());
  EXPECT_EQ(testing::number(store, "SELECT count(*) FROM opportunity"), 0);
}

}  // namespace
}  // namespace abm::measure
