// The week's review: an example of each section, and what is at its edges.
#include "measure/review/review.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/measure/review/review_testing.h"

namespace abm::measure {
namespace {

using accounts::Tier;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ids;
using ::testing::IsEmpty;
using testing::kBefore;
using testing::kUntil;
using testing::listed;
using testing::loads;
using testing::ReviewWorld;
using testing::told;
using Way = ReviewShift::Way;

TEST(ReviewCalls, AreTheSignalsOfTheDaysWithWhatToDoNext) {
  ReviewWorld world;
  world.list(kBefore - 30, {listed("deere"), listed("kuka"), listed("abb")});
  world.fold(loads("deere", kBefore - 20, 1));
  world.fold(loads("deere", kUntil - 3, 2, {"pricing-visit"}));
  world.fold(loads("deere", kUntil, 1, {"demo", "pricing-visit"}, "/demo"));
  world.fold(loads("kuka", kUntil, 9, {"demo"}));
  world.fold(loads("abb", kBefore, 9, {"demo"}));  // a day too early
  const Review review =
      world.review({told("deere", "maren", 80, "Deere & Company"), told("kuka"), told("abb")}, "", {},
                   {{"pricing-visit", {"Call with the TCO sheet", "Mail"}}});
  const auto& calls = review.prospects.calls;
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].account.id, "kuka");  // the busiest first
  ASSERT_EQ(calls[0].signals.size(), 1u);
  EXPECT_THAT(calls[0].signals[0].next, IsEmpty());
  EXPECT_EQ(calls[1].account.name, "Deere & Company");
  EXPECT_EQ(calls[1].account.owner, "maren");
  EXPECT_EQ(calls[1].account.intent, 80);
  ASSERT_EQ(calls[1].signals.size(), 2u);
  const CalledSignal& pricing = calls[1].signals[1];
  EXPECT_EQ(pricing.name, "pricing-visit");
  EXPECT_THAT(pricing.next, ElementsAre("Call with the TCO sheet", "Mail"));
  EXPECT_EQ(pricing.views, 3u);
  EXPECT_EQ(pricing.people, 2u);  // one person on two days is two person-days
  EXPECT_EQ(pricing.last, kUntil);
  ASSERT_EQ(calls[1].account.pages.size(), 2u);  // that of three weeks ago was another visit to "/"
  EXPECT_EQ(calls[1].account.pages[0].path, "/demo");
}

TEST(ReviewNew, AreThoseWhoseFirstVisitIsWithinTheDays) {
  ReviewWorld world;
  world.list(kBefore - 30, {listed("first"), listed("again"), listed("before"), listed("never")});
  world.fold(loads("again", kBefore - 20, 1));
  world.fold(loads("again", kUntil, 1));
  world.fold(loads("first", kBefore + 1, 1));
  world.fold(loads("before", kBefore, 1));
  const Review review = world.review({told("first"), told("again"), told("before"), told("never")});
  EXPECT_THAT(ids(review.prospects.arrived), ElementsAre("first"));
}

TEST(ReviewWarmer, AreThoseWhoseEngagementRoseByTenOrMore) {
  ReviewWorld world;
  world.list(kBefore - 30, {listed("risen"), listed("little"), listed("fallen")});
  for (const char* account : {"risen", "little", "fallen"}) world.fold(loads(account, kBefore, 2));
  // What is of the day before is worth 14 of 20 a week later.
  world.fold(loads("risen", kUntil, 2));
  world.fold(loads("little", kUntil, 1));
  const Review review = world.review({told("risen"), told("little"), told("fallen")});
  ASSERT_THAT(ids(review.prospects.warmer), ElementsAre("risen"));
  EXPECT_EQ(review.prospects.warmer[0].engagement_before, 20u);
  EXPECT_EQ(review.prospects.warmer[0].activity.engagement, 34u);
}

TEST(ReviewQuiet, AreToldInTheOneWeekThatMakesFourteenDays) {
  ReviewWorld world;
  world.list(kBefore - 30,
             {listed("now"), listed("edge"), listed("later"), listed("earlier"), listed("never")});
  world.fold(loads("now", kUntil - 20, 3));
  world.fold(loads("edge", kUntil - 14, 1));
  world.fold(loads("later", kUntil - 13, 1));
  world.fold(loads("earlier", kUntil - 21, 1));
  const std::vector<ReviewSubject> list = {told("now"), told("edge"), told("later"), told("earlier"),
                                           told("never")};
  const Review review = world.review(list);
  EXPECT_THAT(ids(review.prospects.quiet), ElementsAre("now", "edge"));
  EXPECT_THAT(ids(world.review_on(*review_days("", kUntil + 7), list).prospects.quiet), ElementsAre("later"));
  EXPECT_THAT(ids(world.review_on(*review_days("", kUntil - 7), list).prospects.quiet),
              ElementsAre("earlier"));
}

const std::string kMoving =
    "stages:\n  - { name: hot, when: { visits_7d: { min: 3 } }, hold: 2d }\n"
    "  - { name: aware, when: { visits_30d: { min: 1 } } }\n"
    "tiers: [ { promote: one-to-few, when: { visits_7d: { min: 3 } }, for: 29d } ]\n"
    "plays: [ { name: rescue, when: { quiet_days: { min: 10 } } } ]\n";

TEST(ReviewShifts, GoUpWithWhyAndUntilWhen) {
  ReviewWorld world(kMoving);
  world.list(kBefore - 30, {listed("up")});
  world.fold(loads("up", kBefore - 1, 1));
  world.fold(loads("up", kUntil, 3));
  const auto shifts = world.review({told("up")}).prospects.shifts;
  ASSERT_EQ(shifts.size(), 2u);
  EXPECT_EQ(shifts[0].what, Move::What::kTier);
  EXPECT_EQ(shifts[0].way, Way::kUp);
  EXPECT_EQ(shifts[0].from + " " + shifts[0].to, "one-to-many one-to-few");
  EXPECT_EQ(shifts[0].why, "visits_7d 3, at least 3");
  EXPECT_EQ(shifts[0].until, kUntil + 29);
  EXPECT_EQ(shifts[1].what, Move::What::kStage);
  EXPECT_EQ(shifts[1].way, Way::kUp);
  EXPECT_EQ(shifts[1].from + " " + shifts[1].to, "aware hot");
  EXPECT_EQ(shifts[1].until, kUntil + 2);
}

TEST(ReviewShifts, BeforeTheListWasNotedAreJudgedByItsFirstWord) {
  ReviewWorld world(kMoving);
  world.fold(loads("same", kBefore - 1, 1));
  world.fold(loads("same", kUntil - 1, 1));
  world.fold(loads("up", kUntil - 1, 1));
  world.list(kUntil, {listed("same"), listed("up"), listed("never")});
  const Review review = world.review({told("same"), told("up"), told("never")});
  ASSERT_EQ(review.prospects.shifts.size(), 1u);  // "same" was aware before
  EXPECT_EQ(review.prospects.shifts[0].account.id, "up");
  EXPECT_EQ(review.prospects.shifts[0].to, "aware");
  EXPECT_EQ(review.coverage.back().listed, 3u);
  // So is a week that was over before there was a list.
  const Review long_ago =
      world.review_on(*review_days("", kBefore), {told("same"), told("up"), told("never")});
  EXPECT_EQ(long_ago.coverage.back().listed, 3u);
  EXPECT_EQ(long_ago.coverage.back().came, 1u);
  EXPECT_THAT(long_ago.remarks,
              ::testing::Contains(HasSubstr("The account list has been noted since 2026-11-29")));
  // Whoever joined later was not on the list.
  world.list(kUntil + 3, {listed("same"), listed("up"), listed("never"), listed("later")});
  const Review week =
      world.review_on(*review_days("", kUntil + 3), {told("same"), told("up"), told("never"), told("later")});
  EXPECT_EQ(week.coverage.back().listed, 4u);
  EXPECT_THAT(week.joined, IsEmpty());  // the list of the first days is not known
}

TEST(ReviewPages, NameNobody) {
  ReviewWorld world;
  world.list(kBefore - 30, {listed("deere")});
  for (const char* path : {"/unsubscribe/jane@deere.com", "/reset/jane%40deere.com", "/pricing"})
    world.fold(loads("deere", kUntil, 1, {}, path));
  const Review review = world.review({told("deere")});
  ASSERT_EQ(review.prospects.arrived.size(), 1u);
  ASSERT_EQ(review.prospects.arrived[0].pages.size(), 1u);
  EXPECT_EQ(review.prospects.arrived[0].pages[0].path, "/pricing");
}

TEST(ReviewShifts, GoDownWhenWhatMovedThemEnds) {
  ReviewWorld world(kMoving);
  world.list(kBefore - 60, {listed("down")});
  world.fold(loads("down", kBefore - 22, 3));  // aware for 29 days more, promoted for 35
  const auto shifts = world.review_on(*review_days("", kBefore + 14), {told("down")}).prospects.shifts;
  ASSERT_EQ(shifts.size(), 2u);
  EXPECT_EQ(shifts[0].way, Way::kDown);
  EXPECT_EQ(shifts[0].from + " " + shifts[0].to, "one-to-few one-to-many");
  EXPECT_EQ(shifts[0].why, "what moved it to one-to-few (visits_7d 3, at least 3) no longer holds");
  EXPECT_FALSE(shifts[0].until.has_value());
  EXPECT_EQ(shifts[1].what, Move::What::kStage);
  EXPECT_EQ(shifts[1].way, Way::kDown);  // aware to none
  EXPECT_EQ(shifts[1].to, "");
}

TEST(ReviewShifts, ToALowerStageSayThatTheHigherOneIsOver) {
  ReviewWorld world(kMoving);
  world.list(kBefore - 60, {listed("down")});
  world.fold(loads("down", kBefore - 6, 3));  // hot until two days after the day before
  const auto shifts = world.review({told("down")}).prospects.shifts;
  ASSERT_EQ(shifts.size(), 2u);  // and a play
  EXPECT_EQ(shifts[0].from + " " + shifts[0].to, "hot aware");
  EXPECT_EQ(shifts[0].way, Way::kDown);
  EXPECT_EQ(shifts[0].why,
            "what moved it to hot (visits_7d 3, at least 3) no longer holds; visits_30d 3, at least 1");
}

TEST(ReviewShifts, OfTheListAndOfPlaysAreSaidToBe) {
  ReviewWorld world(kMoving);
  world.list(kBefore - 30, {listed("crm", Tier::kOneToFew, "opportunity"), listed("play")});
  world.list(kUntil - 2, {listed("crm", Tier::kOneToOne, "negotiation"), listed("play")});
  world.fold(loads("play", kUntil - 12, 1));
  const auto shifts = world.review({told("crm"), told("play")}).prospects.shifts;
  ASSERT_EQ(shifts.size(), 3u);
  EXPECT_EQ(shifts[0].from + " " + shifts[0].to, "one-to-few one-to-one");
  EXPECT_EQ(shifts[0].why, "the account list says so");
  EXPECT_EQ(shifts[0].way, Way::kUp);
  EXPECT_EQ(shifts[1].from + " " + shifts[1].to, "opportunity negotiation");
  EXPECT_EQ(shifts[1].way, Way::kOther);  // `stages:` does not rank them
  EXPECT_EQ(shifts[2].what, Move::What::kPlay);
  EXPECT_EQ(shifts[2].to, "rescue");
  EXPECT_EQ(shifts[2].way, Way::kOther);
  EXPECT_EQ(shifts[2].why, "quiet_days 12, at least 10");
}

TEST(ReviewShifts, OfAccountsThatJoinedAreOnlyWhatWasMoved) {
  ReviewWorld world(kMoving);
  world.list(kBefore - 30, {listed("old")});
  world.list(kUntil - 2, {listed("old"), listed("plain", Tier::kOneToOne, "opportunity"), listed("moved")});
  world.fold(loads("moved", kUntil - 1, 1));
  const Review review = world.review({told("old"), told("plain"), told("moved")});
  EXPECT_THAT(review.joined, ElementsAre("moved", "plain"));
  ASSERT_EQ(review.prospects.shifts.size(), 1u);
  EXPECT_EQ(review.prospects.shifts[0].account.id, "moved");
  EXPECT_EQ(review.prospects.shifts[0].to, "aware");
}

TEST(ReviewCustomers, StandApart) {
  ReviewWorld world("stages: [ { name: hot, when: { visits_7d: { min: 3 } }, override: true } ]\n");
  world.list(kBefore - 30,
             {listed("deere", Tier::kOneToOne, "Customer", 90), listed("kuka", Tier::kOneToMany, "", 90),
              listed("abb", Tier::kOneToFew, "client")});
  world.fold(loads("deere", kBefore - 3, 1));
  world.fold(loads("deere", kUntil, 3, {"demo"}));  // overridden, and still a customer
  world.fold(loads("abb", kUntil, 1));
  const Review review = world.review({told("deere", "", 90), told("kuka", "", 90), told("abb")});
  EXPECT_THAT(review.prospects.calls, IsEmpty());
  EXPECT_THAT(review.prospects.warmer, IsEmpty());
  EXPECT_THAT(review.prospects.shifts, IsEmpty());
  ASSERT_EQ(review.customers.calls.size(), 1u);
  EXPECT_THAT(ids(review.customers.warmer), ElementsAre("deere"));
  ASSERT_EQ(review.customers.shifts.size(), 1u);
  EXPECT_EQ(review.customers.shifts[0].to, "hot");
  EXPECT_THAT(ids(review.prospects.arrived), ElementsAre("abb"));  // its stage has another name
  EXPECT_THAT(ids(review.intent_without_fit), ElementsAre("kuka"));
}

TEST(ReviewCoverageRows, CountTiersWithoutCustomersThenThoseThenAll) {
  ReviewWorld world;
  auto excluded = listed("rival", Tier::kOneToOne);
  excluded.exclude = true;
  world.list(kBefore - 60,
             {listed("one", Tier::kOneToOne), listed("two", Tier::kOneToOne), listed("few", Tier::kOneToFew),
              listed("cust", Tier::kOneToOne, "customer"), excluded});
  world.fold(loads("one", kUntil, 5));
  world.fold(loads("two", kBefore, 1));
  world.fold(loads("few", kBefore - 40, 1));
  world.fold(loads("cust", kUntil, 1));
  world.fold(loads("rival", kUntil, 1));
  world.fold(loads("stranger", kUntil, 1));
  const Review review = world.review({told("one"), told("two"), told("few"), told("cust")});
  std::vector<std::string> rows;
  for (const ReviewCoverage& row : review.coverage)
    rows.push_back(fmt::format("{} {} {} {} {} {}", row.name, row.listed, row.came, row.came_before,
                               row.came_30d, row.ever));
  EXPECT_THAT(rows, ElementsAre("one-to-one 2 1 1 2 2", "one-to-few 1 0 0 0 1", "customers 1 1 0 1 1",
                                "all 4 2 1 3 4"));
  EXPECT_THAT(review.remarks, IsEmpty());
}

TEST(ReviewOneToOne, IsTooManyBeyondTheCapacityWithTheWeakestFirst) {
  ReviewWorld world;
  std::vector<accounts::Account> list;
  for (const char* id : {"a", "b", "c", "d"}) list.push_back(listed(id, Tier::kOneToOne));
  list.push_back(listed("e"));
  world.list(kBefore - 30, list);
  world.fold(loads("a", kUntil, 2));
  const std::vector<ReviewSubject> say = {told("a", "Maren", 5), told("b", "maren", 50), told("c", "", 40),
                                          told("d", "sofia", 60), told("e", "sofia")};
  const Review review = world.review(say, "", 2);
  EXPECT_TRUE(review.one_to_one.oversized());
  EXPECT_EQ(review.one_to_one.accounts, 4u);
  EXPECT_THAT(ids(review.one_to_one.weakest), ElementsAre("c", "b"));
  EXPECT_THAT(review.one_to_one.owners, ElementsAre(std::pair<std::string, uint64_t>("Maren", 2),
                                                    std::pair<std::string, uint64_t>("", 1),
                                                    std::pair<std::string, uint64_t>("sofia", 1)));
  for (const auto& capacity : {std::optional<uint64_t>(4), std::optional<uint64_t>()}) {
    const Review enough = world.review(say, "", capacity);
    EXPECT_FALSE(enough.one_to_one.oversized());
    EXPECT_THAT(enough.one_to_one.weakest, IsEmpty());
  }
}

TEST(ReviewFit, WithoutIntentIsASilentAccountThatTheListPutHigh) {
  ReviewWorld world;
  world.list(kBefore - 60, {listed("silent", Tier::kOneToOne), listed("low", Tier::kOneToFew),
                            listed("keen", Tier::kOneToOne), listed("came", Tier::kOneToOne),
                            listed("many", Tier::kOneToMany)});
  world.fold(loads("silent", kUntil - 30, 1));
  world.fold(loads("came", kUntil - 29, 1));
  const Review review =
      world.review({told("silent"), told("low", "", 39), told("keen", "", 40), told("came"), told("many")});
  EXPECT_THAT(ids(review.fit_without_intent), ElementsAre("silent", "low"));
}

TEST(ReviewFit, IsWhatTheListSaysNotWhereAnAccountWasMoved) {
  ReviewWorld world("tiers: [ { promote: one-to-one, when: { visits_7d: { min: 3 } } } ]\n");
  world.list(kBefore - 30, {listed("keen"), listed("busy"), listed("lower", Tier::kUntiered),
                            listed("high", Tier::kOneToFew)});
  world.fold(loads("busy", kUntil, 4));
  const Review review =
      world.review({told("keen", "", 70), told("busy"), told("lower", "", 69), told("high", "", 99)});
  EXPECT_EQ(review.one_to_one.accounts, 1u);
  EXPECT_THAT(ids(review.intent_without_fit), ElementsAre("keen", "busy"));
}

TEST(ReviewOwner, SeesOnlyTheirAccounts) {
  ReviewWorld world("tiers: [ { promote: one-to-one, when: { visits_7d: { min: 3 } } } ]\n");
  world.list(kBefore - 30, {listed("mine"), listed("theirs"), listed("nobodys"), listed("gone")});
  world.list(kUntil, {listed("mine"), listed("theirs"), listed("nobodys")});
  for (const char* account : {"mine", "theirs", "nobodys"}) world.fold(loads(account, kUntil, 3, {"demo"}));
  const std::vector<ReviewSubject> say = {told("mine", "Maren.Holt@halden.example"), told("theirs", "sofia"),
                                          told("nobodys")};
  const Review review = world.review(say, "maren.holt@halden.example");
  ASSERT_EQ(review.prospects.calls.size(), 1u);
  EXPECT_EQ(review.prospects.calls[0].account.id, "mine");
  EXPECT_THAT(ids(review.prospects.arrived), ElementsAre("mine"));
  EXPECT_EQ(review.prospects.shifts.size(), 1u);
  EXPECT_EQ(review.coverage.back().listed, 1u);
  EXPECT_EQ(review.one_to_one.accounts, 1u);
  EXPECT_THAT(review.left, IsEmpty());
  EXPECT_THAT(world.review(say).left, ElementsAre("gone"));
  EXPECT_EQ(world.review(say).coverage.back().listed, 3u);
}

TEST(ReviewRemarks, SayThatNobodyCame) {
  ReviewWorld world;
  world.list(kBefore - 30, {listed("deere", Tier::kOneToOne)});
  const Review nothing = world.review({told("deere")});
  EXPECT_THAT(nothing.remarks,
              ElementsAre(HasSubstr("No visit of these days or of any day before is known")));
  EXPECT_EQ(nothing.coverage.back().listed, 1u);
  EXPECT_EQ(nothing.coverage.back().came, 0u);
  EXPECT_THAT(nothing.prospects.quiet, IsEmpty());
  world.fold(loads("deere", kBefore - 1, 1));
  EXPECT_THAT(world.review({told("deere")}).remarks,
              ElementsAre(HasSubstr("No visit of these days is known, the latest is of 2026-11-21")));
}

TEST(ReviewRemarks, SayThatThereIsNoWeekBefore) {
  ReviewWorld world("stages: [ { name: aware, when: { visits_30d: { min: 1 } } } ]\n");
  world.list(kUntil - 1, {listed("deere"), listed("kuka")});
  world.fold(loads("deere", kUntil - 1, 5));
  const Review review = world.review({told("deere"), told("kuka")});
  EXPECT_THAT(review.remarks,
              ElementsAre(HasSubstr("Visits are known from 2026-11-28 on: there is no week before"),
                          HasSubstr("The account list has been noted since 2026-11-28")));
  EXPECT_THAT(ids(review.prospects.arrived), ElementsAre("deere"));
  EXPECT_THAT(review.prospects.warmer, IsEmpty());
  EXPECT_THAT(review.joined, IsEmpty());  // nobody knows
  EXPECT_EQ(review.prospects.shifts.size(), 1u);
  world.fold(loads("kuka", kBefore - 2, 1));
  EXPECT_THAT(world.review({told("deere"), told("kuka")}).remarks.at(0),
              HasSubstr("the seven days before are not complete"));
}

TEST(ReviewRemarks, SayThatThereIsNoList) {
  ReviewWorld world;
  world.fold(loads("deere", kUntil, 5));
  world.fold(loads("deere", kBefore - 30, 5));
  const Review review = world.review({told("deere")});
  EXPECT_THAT(review.remarks, ElementsAre(HasSubstr("The account list has not been noted")));
  EXPECT_THAT(review.coverage, IsEmpty());
  EXPECT_THAT(review.prospects.arrived, IsEmpty());
}

TEST(ReviewRemarks, SayThatTheWeekIsNotOver) {
  ReviewWorld world;
  world.list(kBefore - 30, {listed("deere"), listed("kuka")});
  world.fold(loads("kuka", kBefore - 6, 1));
  world.fold(loads("deere", kBefore, 1));  // the Sunday before
  world.fold(loads("deere", kBefore + 1, 1));
  const Review review = world.review_on(*review_days("2026-W48", kBefore + 3), {told("deere"), told("kuka")});
  EXPECT_THAT(review.remarks,
              ElementsAre("The week is not over: these are its first 3 days, up to 2026-11-25."));
  EXPECT_EQ(review.coverage.back().came, 1u);
  EXPECT_EQ(review.coverage.back().came_before, 2u);
  EXPECT_THAT(world.review_on(*review_days("2026-W48", kBefore + 1), {told("deere")}).remarks.at(0),
              HasSubstr("this is 2026-11-23"));
  EXPECT_THAT(world.review_on(*review_days("2026-W48", kUntil), {told("deere")}).remarks.at(0),
              HasSubstr("its last day is today"));
}

}  // namespace
}  // namespace abm::measure
