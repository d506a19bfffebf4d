// What moves accounts: every sentence of the guide with an example.
#include "measure/engagement/moves.h"

#include <gmock/gmock.h>

#include <optional>

#include "rules/compile/compile.h"
#include "rules/match/visit_sight.h"
#include "rules/program/program.h"
#include "tests/measure/engagement/engagement_testing.h"

namespace abm::measure {
namespace {

using accounts::Tier;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kDay;
using testing::listed;
using testing::Load;
using testing::World;

const std::string kVisits =
    "engagement: { visits: v, half_life: 365d, points: { page: 10 }, most_per_person_day: 1000 }\n";

std::vector<Load> views(const std::string& account, Day on, size_t count) {
  return std::vector<Load>(count, Load{.account = account, .day = on});
}

TEST(Stages, TheFirstThatHoldsCounts) {
  World world{kVisits +
              "stages:\n  - { name: engaged, when: { visits_30d: { min: 3 } } }\n"
              "  - { name: aware, when: { visits_30d: { min: 1 } } }\n"};
  world.list(kDay, {listed("deere"), listed("kuka"), listed("abb")});
  world.fold(views("deere", kDay, 3));
  world.fold(views("kuka", kDay, 1));
  EXPECT_EQ(world.of("deere", kDay).stage, "engaged");
  EXPECT_EQ(world.of("kuka", kDay).stage, "aware");
  EXPECT_EQ(world.of("abb", kDay).stage, "");
  EXPECT_THAT(world.of("abb", kDay).moves, IsEmpty());
}

TEST(Stages, AreHeldForSoManyDaysAfterTheirConditionHeldLast) {
  World world{kVisits + "stages: [ { name: hot, when: { visits_7d: { min: 1 } }, hold: 14d } ]\n"};
  world.list(kDay, {listed("deere")});
  world.fold(views("deere", kDay, 1));
  // The condition holds until the 7th day, and the stage 14 days more.
  const Day last = kDay + 6 + 14;
  const Standing held = world.of("deere", last);
  EXPECT_EQ(held.stage, "hot");
  ASSERT_EQ(held.moves.size(), 1u);
  EXPECT_EQ(held.moves[0].held_on, kDay + 6);
  EXPECT_EQ(held.moves[0].until, last);
  EXPECT_EQ(held.moved(last), "stage hot until 2026-11-21 (on 2026-11-07: visits_7d 1, at least 1)");
  EXPECT_EQ(world.of("deere", kDay + 2).moved(kDay + 2),
            "stage hot until 2026-11-17 (visits_7d 1, at least 1)");
  EXPECT_EQ(world.of("deere", last + 1).stage, "");
}

TEST(Stages, WithoutHoldEndWithTheirCondition) {
  World world{kVisits + "stages: [ { name: hot, when: { visits_7d: { min: 1 } } } ]\n"};
  world.list(kDay, {listed("deere")});
  world.fold(views("deere", kDay, 1));
  EXPECT_EQ(world.of("deere", kDay + 6).stage, "hot");
  EXPECT_EQ(world.of("deere", kDay + 7).stage, "");
}

TEST(Stages, OfTheListWinUnlessOverridden) {
  const std::string rule = "name: hot, when: { visits_30d: { min: 1 } }";
  for (const bool over : {false, true}) {
    World world{kVisits + "stages: [ { " + rule + (over ? ", override: true" : "") + " } ]\n"};
    world.list(kDay, {listed("deere", Tier::kOneToMany, "customer"), listed("kuka")});
    world.fold(views("deere", kDay, 1));
    world.fold(views("kuka", kDay, 1));
    EXPECT_EQ(world.of("deere", kDay).stage, over ? "hot" : "customer");
    EXPECT_EQ(world.of("deere", kDay).moved(kDay),
              over ? "stage customer to hot until 2026-11-01 (visits_30d 1, at least 1)" : "");
    EXPECT_EQ(world.of("kuka", kDay).stage, "hot");
  }
}

TEST(Stages, AreJudgedByWhatTheListSaidOnThatDay) {
  World world{kVisits + "stages: [ { name: ready, when: { intent: { min: 60 } }, hold: 5d } ]\n"};
  world.list(kDay, {listed("deere", Tier::kOneToMany, "", 70)});
  world.list(kDay + 10, {listed("deere", Tier::kOneToMany, "", 20)});
  EXPECT_EQ(world.of("deere", kDay + 9).stage, "ready");
  EXPECT_EQ(world.of("deere", kDay + 14).stage, "ready");  // held on the 9th day, and 5 days more
  EXPECT_EQ(world.of("deere", kDay + 14).moves.at(0).facts, "intent 70, at least 60");
  EXPECT_EQ(world.of("deere", kDay + 15).stage, "");
}

TEST(Stages, BeforeTheListWasNotedAreJudgedByItsFirstWord) {
  World world{
      kVisits +
      "stages: [ { name: ready, when: { intent: { min: 60 }, visits_7d: { min: 1 } }, hold: 30d } ]\n"};
  world.fold(views("deere", kDay, 1));
  world.list(kDay + 20, {listed("deere", Tier::kOneToMany, "", 70)});
  EXPECT_EQ(world.of("deere", kDay + 36).stage, "ready");  // it held on the 6th day
  EXPECT_EQ(world.of("deere", kDay + 37).stage, "");
}

TEST(Tiers, ArePromotedNeverLoweredAndDemotedNeverRaised) {
  World world{kVisits +
              "tiers:\n  - { promote: one-to-few, when: { intent: { min: 80 } } }\n"
              "  - { demote: one-to-many, when: { intent: { max: 10 } } }\n"};
  world.list(kDay, {listed("up", Tier::kOneToMany, "", 85), listed("high", Tier::kOneToOne, "", 85),
                    listed("down", Tier::kOneToOne, "", 5), listed("low", Tier::kUntiered, "", 5)});
  EXPECT_EQ(world.of("up", kDay).tier, Tier::kOneToFew);
  EXPECT_EQ(world.of("up", kDay).moved(kDay),
            "tier one-to-many to one-to-few until 2026-11-01 (intent 85, at least 80)");
  EXPECT_EQ(world.of("high", kDay).tier, Tier::kOneToOne);
  EXPECT_THAT(world.of("high", kDay).moves, IsEmpty());
  EXPECT_EQ(world.of("down", kDay).tier, Tier::kOneToMany);
  EXPECT_EQ(world.of("low", kDay).tier, Tier::kUntiered);
}

TEST(Tiers, ThatAreKeptAreNotDemotedAndAPromotionWins) {
  World world{kVisits +
              "tiers:\n  - { demote: one-to-many, when: { quiet_days: { min: 90 } }, keep: [ one-to-one ] }\n"
              "  - { promote: one-to-few, when: { intent: { min: 80 } } }\n"};
  world.fold(views("kept", kDay, 1));
  world.fold(views("quiet", kDay, 1));
  world.fold(views("both", kDay, 1));
  world.list(kDay, {listed("kept", Tier::kOneToOne), listed("quiet", Tier::kOneToFew),
                    listed("both", Tier::kOneToFew, "", 90), listed("never", Tier::kOneToFew)});
  const Day today = kDay + 90;
  EXPECT_EQ(world.of("kept", today).tier, Tier::kOneToOne);
  EXPECT_EQ(world.of("quiet", today - 1).tier, Tier::kOneToFew);
  EXPECT_EQ(world.of("quiet", today).tier, Tier::kOneToMany);
  EXPECT_EQ(world.of("both", today).tier, Tier::kOneToFew);
  EXPECT_EQ(world.of("never", today).tier, Tier::kOneToFew);  // nobody ever came: it is not quiet
}

TEST(Tiers, ArePromotedAtMostSoManyThoseFirstWhoseTimeBeganFirstThenById) {
  World world{kVisits +
              "tiers: [ { promote: one-to-few, when: { intent: { min: 80 } }, for: 3d, at_most: 2 } ]\n"};
  const auto at = [](int64_t a, int64_t b, int64_t c) {
    return std::vector<accounts::Account>{
        listed("a", Tier::kOneToMany, "", a), listed("b", Tier::kOneToMany, "", b),
        listed("c", Tier::kOneToMany, "", c), listed("there", Tier::kOneToFew, "", 99)};
  };
  const auto promoted = [&world](Day on) {
    std::string ids;
    for (const char* id : {"a", "b", "c"}) {
      if (world.of(id, on).tier == Tier::kOneToFew) ids += id;
    }
    return ids;
  };
  world.list(kDay, at(0, 0, 90));
  world.list(kDay + 1, at(90, 90, 90));
  EXPECT_EQ(promoted(kDay), "c");
  EXPECT_EQ(promoted(kDay + 1), "ac");  // c began first; of a and b, which began together, a
  world.list(kDay + 2, at(90, 90, 0));
  EXPECT_EQ(promoted(kDay + 4), "ac");  // c is held until the 4th day
  EXPECT_EQ(promoted(kDay + 5), "ab");
  world.list(kDay + 6, at(90, 90, 90));
  EXPECT_EQ(promoted(kDay + 6), "ab");  // c's time begins anew
}

TEST(Tiers, WhoseTimeIsHeldThroughAGapBeganBeforeIt) {
  World world{kVisits +
              "tiers: [ { promote: one-to-few, when: { intent: { min: 80 } }, for: 3d, at_most: 1 } ]\n"};
  const auto at = [](int64_t a, int64_t b) {
    return std::vector<accounts::Account>{listed("a", Tier::kOneToMany, "", a),
                                          listed("b", Tier::kOneToMany, "", b)};
  };
  world.list(kDay, at(0, 90));
  world.list(kDay + 1, at(90, 0));  // b: a gap of three days, within which it is held
  world.list(kDay + 4, at(90, 90));
  EXPECT_EQ(world.of("b", kDay + 20).tier, Tier::kOneToFew);
  EXPECT_EQ(world.of("a", kDay + 20).tier, Tier::kOneToMany);
  world.list(kDay + 21, at(90, 0));
  world.list(kDay + 25, at(90, 90));  // four days: its time was over for one
  EXPECT_EQ(world.of("a", kDay + 30).tier, Tier::kOneToFew);
  EXPECT_EQ(world.of("b", kDay + 30).tier, Tier::kOneToMany);
}

TEST(Plays, SeeTheStageAndTheTierThatMovesGave) {
  World world{kVisits +
              "stages: [ { name: hot, when: { visits_30d: { min: 1 } } } ]\n"
              "tiers: [ { promote: one-to-one, when: { stage: hot } } ]\n"
              "plays: [ { name: call, when: { stage: hot, tier: one-to-one }, hold: 5d } ]\n"};
  world.list(kDay, {listed("deere"), listed("kuka")});
  world.fold(views("deere", kDay, 1));
  const Standing standing = world.of("deere", kDay);
  EXPECT_EQ(standing.play, "call");
  EXPECT_EQ(standing.moved(kDay),
            "stage hot until 2026-11-01 (visits_30d 1, at least 1); tier one-to-many to one-to-one until "
            "2026-11-01 (stage hot); play call until 2026-11-06 (stage hot; tier one-to-one)");
  EXPECT_EQ(world.of("kuka", kDay).play, "");
  EXPECT_EQ(world.of("deere", kDay + 34).play, "call");
  EXPECT_EQ(world.of("deere", kDay + 34).stage, "");
  EXPECT_EQ(world.of("deere", kDay + 35).play, "");
}

TEST(Moves, LeaveExcludedAccountsAndThoseThatLeftTheListAlone) {
  World world{kVisits + "stages: [ { name: hot, when: { visits_30d: { min: 1 } }, hold: 9d } ]\n"};
  accounts::Account excluded = listed("kuka");
  excluded.exclude = true;
  world.list(kDay, {listed("deere"), excluded});
  world.fold(views("deere", kDay, 1));
  world.fold(views("kuka", kDay, 1));
  EXPECT_EQ(world.of("deere", kDay).stage, "hot");
  EXPECT_FALSE(world.of("kuka", kDay).listed);
  EXPECT_EQ(world.of("kuka", kDay).stage, "");
  EXPECT_EQ(world.of("kuka", kDay).activity.visits_30d, 1u);
  world.list(kDay + 1, {});
  EXPECT_FALSE(world.of("deere", kDay + 1).listed);
  EXPECT_EQ(world.of("deere", kDay + 1).stage, "");
  world.list(kDay + 2, {listed("deere")});
  EXPECT_EQ(world.of("deere", kDay + 2).stage, "hot");
}

TEST(Moves, ExplainWhatHeldOfAnyAndNot) {
  World world{
      kVisits +
      "stages: [ { name: hot, when: { any: [ { intent: { min: 50 } }, { visits_30d: { min: 1, max: 9 } } ], "
      "not: { stage: [customer, lost] } } } ]\n"};
  world.list(kDay, {listed("deere", Tier::kOneToMany, "", 10)});
  world.fold(views("deere", kDay, 2));
  EXPECT_EQ(world.of("deere", kDay).moves.at(0).facts,
            "visits_30d 2, between 1 and 9; not stage customer or lost");
}

TEST(Moves, CanDependOnThePagesThatWereVisited) {
  World world{kVisits +
              "plays: [ { name: demo, when: { visited: { path: /demo/**, days: 7 } }, hold: 2d } ]\n"};
  world.list(kDay, {listed("deere"), listed("kuka")});
  world.fold(
      std::vector<Load>{{.day = kDay, .path = "/demo/a"}, {.account = "kuka", .day = kDay, .path = "/"}});
  EXPECT_EQ(world.of("deere", kDay).moved(kDay), "play demo until 2026-11-03 (visited /demo/a that day)");
  EXPECT_EQ(world.of("deere", kDay + 6).moves.at(0).facts, "visited /demo/a 6 days before");
  EXPECT_EQ(world.of("deere", kDay + 8).play, "demo");
  EXPECT_EQ(world.of("deere", kDay + 9).play, "");
  EXPECT_EQ(world.of("kuka", kDay).play, "");
}

TEST(Moves, TellWhatWasVisitedWithoutThePathOfSomebodysAddress) {
  World world{kVisits + "plays: [ { name: lost, when: { visited: { path: [/leave/**, /bye/**] } } } ]\n"};
  world.list(kDay, {listed("deere"), listed("kuka")});
  world.fold(std::vector<Load>{{.day = kDay + 1, .path = "/leave/jane@deere.example"},
                               {.day = kDay, .path = "/bye/form"},
                               {.account = "kuka", .day = kDay, .path = "/leave/jo%40kuka.example"}});
  EXPECT_EQ(world.of("deere", kDay + 1).moves.at(0).facts, "visited /bye/form the day before");
  EXPECT_EQ(world.of("kuka", kDay).moves.at(0).facts, "visited /leave/** or /bye/**");
}

TEST(Moves, NeedPagesOfLongAgoOnlyWhereAConditionTestsThem) {
  const auto wanted = [](const std::string& when) {
    const World world{kVisits + "tiers: [ { promote: one-to-few, when: { " + when +
                      " }, for: 30d, at_most: 5 } ]\n"};
    return pages_wanted_from(world.site().moves, kDay);
  };
  EXPECT_EQ(wanted("visits_30d: { min: 1 }"), kDay - 30);
  EXPECT_EQ(wanted("visited: { path: /demo }"), 0);
}

TEST(Moves, AreAppliedToTheAccountsOfABuild) {
  World world{kVisits +
              "stages: [ { name: hot, when: { visits_30d: { min: 1 } } } ]\n"
              "tiers: [ { promote: one-to-few, when: { visits_30d: { min: 1 } } } ]\n"};
  world.list(kDay, {listed("deere"), listed("kuka", Tier::kOneToMany, "customer")});
  world.fold(views("deere", kDay, 2));
  const auto standings = world.judge(kDay);
  accounts::Account deere = listed("deere");
  standings->apply(deere);
  EXPECT_EQ(deere.text[static_cast<size_t>(accounts::TextField::kStage)], "hot");
  EXPECT_EQ(deere.tier, Tier::kOneToFew);
  EXPECT_EQ(deere.numbers[static_cast<size_t>(accounts::NumberField::kEngagement)], 20);
  EXPECT_THAT(deere.text[static_cast<size_t>(accounts::TextField::kMoved)], HasSubstr("stage hot until"));
  EXPECT_THAT(deere.pages, ElementsAre(accounts::VisitedPage{"/", 0}));
  accounts::Account kuka = listed("kuka", Tier::kOneToMany, "customer");
  kuka.text[static_cast<size_t>(accounts::TextField::kMoved)] = "by the feed";
  standings->apply(kuka);
  EXPECT_EQ(kuka.text[static_cast<size_t>(accounts::TextField::kStage)], "customer");
  EXPECT_EQ(kuka.text[static_cast<size_t>(accounts::TextField::kMoved)], "");
  // A list that has changed since is not overruled.
  accounts::Account won = listed("deere", Tier::kOneToOne, "customer");
  standings->apply(won);
  EXPECT_EQ(won.text[static_cast<size_t>(accounts::TextField::kStage)], "customer");
  EXPECT_EQ(won.tier, Tier::kOneToOne);
}

/// What rules of a site can see, and their bytes.
struct SiteRules {
  explicit SiteRules(rules::Condition when) {
    rules::Ruleset ruleset;
    ruleset.files = {"rules.yaml"};
    rules::Rule rule;
    rule.id = "r";
    rule.when = std::move(when);
    rule.signal = rules::Signal{"s", ""};
    ruleset.rules.push_back(std::move(rule));
    bytes = *rules::compile_rules(ruleset);
    program = *rules::Program::open(bytes);
  }
  std::string bytes;
  rules::Program program;
};

rules::Condition at_least(rules::Subject subject, int64_t min) {
  rules::Condition condition;
  condition.kind = rules::Condition::Kind::kTest;
  condition.test.subject = subject;
  condition.test.min = min;
  return condition;
}

TEST(Moves, TellWhichAccountsChangedSinceTheLastPublication) {
  World world{kVisits + "stages: [ { name: hot, when: { visits_30d: { min: 4 } } } ]\n"};
  world.list(kDay, {listed("deere"), listed("kuka")});
  const SiteRules two_visits(at_least(rules::Subject::kVisits30d, 2)),
      long_known(at_least(rules::Subject::kFirstSeenDays, 9));
  const auto changed = [&world](const SiteRules* seen_by) {
    std::optional<rules::VisitSight> sight;
    if (seen_by != nullptr) sight.emplace(seen_by->program);
    const auto found =
        changed_since_published(world.store(), *world.judge(kDay), sight.has_value() ? &*sight : nullptr);
    EXPECT_TRUE(found.ok());
    return found.ok() ? *found : std::vector<std::string>();
  };
  EXPECT_THAT(changed(nullptr), IsEmpty());
  world.fold(views("deere", kDay, 1));
  EXPECT_THAT(changed(nullptr), ElementsAre("deere"));
  EXPECT_THAT(changed(&two_visits), IsEmpty());  // 0 to 1: below the bound
  world.fold(views("deere", kDay, 1));
  EXPECT_THAT(changed(&two_visits), ElementsAre("deere"));
  EXPECT_EQ(last_published(world.store())->generation, 0u);
  ASSERT_TRUE(note_published(world.store(), *world.judge(kDay), 7).ok());
  EXPECT_EQ(last_published(world.store())->generation, 7u);
  EXPECT_EQ(last_published(world.store())->day, kDay);
  EXPECT_THAT(changed(nullptr), IsEmpty());
  world.fold(views("deere", kDay, 1));
  EXPECT_THAT(changed(nullptr), ElementsAre("deere"));
  EXPECT_THAT(changed(&two_visits), IsEmpty());  // 2 to 3: beyond it already
  world.fold(views("deere", kDay, 1));
  EXPECT_THAT(changed(&long_known), ElementsAre("deere"));  // the stage, which all can see
}

TEST(Moves, OfAPublicationAreKnownAgainAsTheyWere) {
  World world{kVisits + "stages: [ { name: hot, when: { visits_30d: { min: 1 } } } ]\n"};
  world.list(kDay, {listed("deere")});
  world.fold(std::vector<Load>{{.day = kDay, .path = "/a b"}, {.day = kDay - 1, .path = "/c 3 /d"}});
  rules::Condition visited = at_least(rules::Subject::kVisited, 0);
  visited.test.min.reset();
  visited.test.values = {"/a b", "/c 3 /d"};
  visited.test.days = 1;
  const SiteRules today(visited);
  const rules::VisitSight sight(today.program);
  ASSERT_TRUE(note_published(world.store(), *world.judge(kDay), 1).ok());
  EXPECT_THAT(*changed_since_published(world.store(), *world.judge(kDay), &sight), IsEmpty());
  // The page of the day before is no news today, but a day later neither of them is of that day.
  world.fold(std::vector<Load>{{.day = kDay, .path = "/e"}});
  EXPECT_THAT(*changed_since_published(world.store(), *world.judge(kDay), &sight), IsEmpty());
  EXPECT_THAT(*changed_since_published(world.store(), *world.judge(kDay + 1), &sight), ElementsAre("deere"));
}

TEST(Journal, NotesChangesOnly) {
  World world{kVisits + "stages: [ { name: ready, when: { intent: { min: 60 } } } ]\n"};
  EXPECT_EQ(world.list(kDay, {listed("deere", Tier::kOneToMany, "", 70)}), 4u);  // intent, play, stage, tier
  EXPECT_EQ(world.list(kDay, {listed("deere", Tier::kOneToMany, "", 70)}), 0u);
  EXPECT_EQ(world.list(kDay + 1, {listed("deere", Tier::kOneToMany, "", 70)}), 0u);
  EXPECT_EQ(world.list(kDay + 2, {listed("deere", Tier::kOneToMany, "", 20)}), 1u);
  // By the end of the day it says again what it said the day before.
  EXPECT_EQ(world.list(kDay + 2, {listed("deere", Tier::kOneToMany, "", 70)}), 1u);
  EXPECT_EQ(**world.store().database().number("SELECT count(*) FROM listed"), 4);
  EXPECT_EQ(world.list(kDay + 2, {}), 1u);
  EXPECT_EQ(world.list(kDay + 3, {}), 0u);
}

TEST(Journal, OfAFieldThatConditionsTestLaterBeginsThen) {
  World world{kVisits};
  world.list(kDay, {listed("deere", Tier::kOneToMany, "", 70)});
  world.configure(kVisits + "stages: [ { name: ready, when: { intent: { min: 60 } }, hold: 3d } ]\n");
  world.list(kDay + 10, {listed("deere", Tier::kOneToMany, "", 80)});
  EXPECT_EQ(world.of("deere", kDay + 5).stage, "");  // nothing was noted of it by then
  EXPECT_EQ(world.of("deere", kDay + 10).stage, "ready");
}

TEST(Journal, KeepsEveryFieldThatConditionsMayTest) {
  accounts::Account account = listed("deere", Tier::kOneToFew, "opportunity", 7);
  account.segments = {"ag", "a b"};
  account.attributes = {{"role", "plant manager"}};
  account.numbers[static_cast<size_t>(accounts::NumberField::kEmployees)] = 83000;
  account.text[static_cast<size_t>(accounts::TextField::kOwner)] = "jo@acme.example";
  for (const std::string field :
       {"tier", "stage", "intent", "segment", "attributes.role", "employees", "owner", "play", "parent",
        "industry", "country", "region", "revenue_usd"}) {
    accounts::Account again;
    set_journal_value(again, field, journal_value(account, field));
    EXPECT_EQ(journal_value(again, field), journal_value(account, field)) << field;
  }
  EXPECT_EQ(journal_value(account, "segment"), "a b\nag");
}

}  // namespace
}  // namespace abm::measure
