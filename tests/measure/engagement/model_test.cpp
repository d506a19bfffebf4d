// Random histories: the same as the slow model says, whatever the order, the pieces and the nodes that lines
// come by.
#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/measure/engagement/engagement_testing.h"
#include "tests/measure/engagement/slow_model.h"

namespace abm::measure {
namespace {

using accounts::Account;
using accounts::TextField;
using accounts::Tier;
using testing::Load;
using testing::ModelLists;
using testing::ModelVisit;
using testing::World;

const Day kStart = testing::day("2026-09-01");
constexpr Day kDays = 45;
constexpr int kAccounts = 6;

using Random = std::mt19937_64;

size_t below(Random& random, size_t end) {
  return std::uniform_int_distribution<size_t>(0, end - 1)(random);
}

std::string days_of(Random& random, size_t most) {
  return std::to_string(below(random, most + 1)) + "d";
}

/// A condition on what these histories vary.
std::string some_condition(Random& random, bool of_stage, bool of_tier) {
  const auto number = [&random](size_t end) { return std::to_string(below(random, end)); };
  std::vector<std::string> parts = {
      "engagement: { min: " + number(30) + " }",
      "visits_7d: { min: " + number(4) + " }",
      "visits_30d: { min: " + number(8) + ", max: " + std::to_string(8 + below(random, 9)) + " }",
      "people_7d: { min: " + number(4) + " }",
      "people_30d: { max: " + number(6) + " }",
      "quiet_days: { min: " + number(9) + " }",
      "first_seen_days: { max: " + number(30) + " }",
      "intent: { min: " + number(100) + " }",
      "not: { intent: { max: " + number(100) + " } }",
      "any: [ { segment: ag }, { visits_7d: { min: " + number(3) + " } } ]",
      "tier: one-to-many",
  };
  if (of_stage) parts.push_back("stage: [hot, warm]");
  if (of_tier) parts.push_back("tier: [one-to-few, one-to-one]");
  const std::string first = parts[below(random, parts.size())];
  const std::string second = parts[below(random, parts.size())];
  if (below(random, 2) == 0 || first.substr(0, first.find(':')) == second.substr(0, second.find(':')))
    return "{ " + first + " }";
  return "{ " + first + ", " + second + " }";
}

std::string some_site(Random& random) {
  std::string yaml =
      "engagement: { visits: v, half_life: " + std::to_string(1 + below(random, 9)) +
      "d, points: { page: 1, 'path:/pricing': 5, 'path:/demo/**': 10, 'signal:asked': 4, person: " +
      std::to_string(below(random, 4)) + " }, most_per_person_day: 12 }\n";
  const auto named = [&](std::string_view name, bool of_stage, bool of_tier) {
    return "  - { name: " + std::string(name) + ", when: " + some_condition(random, of_stage, of_tier) +
           ", hold: " + days_of(random, 6) + (below(random, 3) == 0 ? ", override: true" : "") + " }\n";
  };
  yaml += "stages:\n" + named("hot", false, false) + named("warm", true, false);
  const auto moved = [&](const std::string& what, const std::string& more) {
    return "  - { " + what + ", when: " + some_condition(random, true, false) +
           ", for: " + days_of(random, 6) + more + " }\n";
  };
  yaml += "tiers:\n" + moved("promote: one-to-few", ", at_most: " + std::to_string(below(random, 4))) +
          moved("promote: one-to-one", "") + moved("demote: one-to-many", ", keep: [one-to-one]") +
          moved("demote: untiered", "");
  yaml += "plays:\n" + named("call", true, true) + named("wait", true, true);
  return yaml;
}

struct Past {
  std::vector<Load> loads;
  std::vector<ModelVisit> visits;
  ModelLists lists;
};

Past some_past(Random& random) {
  Past past;
  const std::vector<std::string> paths = {"/", "/pricing", "/demo/a", "/about"};
  const std::vector<std::string> stages = {"", "", "customer", "hot"};
  for (Day day = kStart; day < kStart + kDays; ++day) {
    for (size_t i = below(random, 5); i-- > 0;) {
      Load load;
      load.account = "a" + std::to_string(below(random, kAccounts));
      load.day = day;
      load.person = below(random, 5) == 0 ? "" : std::string(1, static_cast<char>('p' + below(random, 3)));
      load.path = paths[below(random, paths.size())];
      if (below(random, 4) == 0) load.signals = {"asked", "other"};
      load.request = past.loads.size() + 1;
      past.loads.push_back(load);
      past.visits.push_back({load.account, load.person, load.path, load.signals, day});
    }
    if (day != kStart + 3 && below(random, 6) != 0) continue;
    auto& list = past.lists[day];
    for (int i = 0; i < kAccounts; ++i) {
      if (below(random, 9) == 0) continue;  // not on the list for now
      Account account = testing::listed("a" + std::to_string(i), static_cast<Tier>(below(random, 4)),
                                        stages[below(random, stages.size())], below(random, 100));
      account.exclude = below(random, 12) == 0;
      if (below(random, 2) == 0) account.segments = {"ag"};
      if (below(random, 4) == 0) account.text[static_cast<size_t>(TextField::kPlay)] = "listed";
      list.emplace(account.id(), account);
    }
  }
  return past;
}

void note_lists(World& world, const ModelLists& lists, Day until) {
  for (const auto& [day, list] : lists) {
    if (day > until) return;
    std::vector<Account> accounts;
    for (const auto& [id, account] : list) accounts.push_back(account);
    world.list(day, accounts);
  }
}

/// Counts in `moves` how often each thing was moved.
void expect_as_the_model_says(const Standings& standings, const generation::Site& site, const Past& past,
                              std::map<Move::What, int>& moves) {
  const auto model = testing::slow_model(site, past.visits, past.lists, standings.today());
  ASSERT_EQ(standings.all().size(), model.size());
  for (const Standing& standing : standings.all()) {
    SCOPED_TRACE(standing.account + " on " + to_string(standings.today()));
    const auto& expected = model.at(standing.account);
    EXPECT_EQ(standing.listed, expected.listed);
    Account account = expected.account;
    set_activity(standing.activity, account);
    EXPECT_EQ(account.numbers, expected.account.numbers);
    if (!standing.listed) continue;
    EXPECT_EQ(standing.stage, expected.account.text[static_cast<size_t>(TextField::kStage)]);
    EXPECT_EQ(accounts::to_string(standing.tier), accounts::to_string(expected.account.tier));
    EXPECT_EQ(standing.play, expected.account.text[static_cast<size_t>(TextField::kPlay)]);
    EXPECT_EQ(standing.moved(standings.today()).empty(), standing.stage == expected.said_stage &&
                                                             standing.tier == expected.said_tier &&
                                                             standing.play == expected.said_play);
    for (const Move& move : standing.moves) {
      ++moves[move.what];
      EXPECT_GE(move.until, standings.today());
      EXPECT_LE(move.held_on, standings.today());
    }
  }
}

TEST(EngagementModel, AgreesOnRandomHistories) {
  std::map<Move::What, int> moves;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    World world(some_site(random));
    const Past past = some_past(random);
    world.fold(past.loads);
    note_lists(world, past.lists, kStart + kDays);
    for (const Day day : {kStart + 5, kStart + 20, kStart + kDays - 1, kStart + kDays + 9})
      expect_as_the_model_says(*world.judge(day), world.site(), past, moves);
    if (HasFailure()) return;
  }
  // It is about something: of some 1,200 standings, many are moved.
  for (const Move::What what : {Move::What::kStage, Move::What::kTier, Move::What::kPlay})
    EXPECT_GT(moves[what], 100) << to_string(what);
}

TEST(EngagementModel, IsTheSameInAnyOrderInAnyPiecesAndWithRepetitions) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const std::string site = some_site(random);
    const Past past = some_past(random);
    World reference(site);
    reference.fold(past.loads);
    note_lists(reference, past.lists, kStart + kDays);
    const Day today = kStart + kDays;
    const std::string version = reference.judge(today)->version();
    for (int round = 0; round < 3; ++round) {
      World other(site);
      std::vector<Load> loads = past.loads;
      for (size_t i = below(random, loads.size()); i-- > 0;)
        loads.push_back(loads[below(random, loads.size())]);
      std::shuffle(loads.begin(), loads.end(), random);
      for (size_t at = 0; at < loads.size();) {
        const size_t count = std::min(loads.size() - at, 1 + below(random, 40));
        other.fold(std::vector<Load>(loads.begin() + static_cast<ptrdiff_t>(at),
                                     loads.begin() + static_cast<ptrdiff_t>(at + count)));
        at += count;
        if (below(random, 3) == 0) other.judge(kStart + static_cast<Day>(below(random, kDays)));
      }
      note_lists(other, past.lists, today);
      EXPECT_EQ(other.judge(today)->version(), version);
    }
  }
}

TEST(EngagementModel, DayByDayIsWhatAllAtOnceSays) {
  Random random(5);
  const std::string site = some_site(random);
  const Past past = some_past(random);
  World live(site), replay(site);
  std::vector<std::string> versions;
  for (Day day = kStart; day < kStart + kDays; ++day) {
    std::vector<Load> of_day;
    std::copy_if(past.loads.begin(), past.loads.end(), std::back_inserter(of_day),
                 [day](const Load& load) { return load.day == day; });
    live.fold(of_day);
    if (const auto list = past.lists.find(day); list != past.lists.end()) note_lists(live, {*list}, day);
    versions.push_back(live.judge(day)->version());
  }
  replay.fold(past.loads);
  note_lists(replay, past.lists, kStart + kDays);
  // What was said on a day stands, but for accounts that nobody had listed yet: their first word counts
  // backwards.
  const Day listed = past.lists.rbegin()->first;
  for (Day day = listed; day < kStart + kDays; ++day)
    EXPECT_EQ(replay.judge(day)->version(), versions[static_cast<size_t>(day - kStart)]) << day;
}

/// Reads lines in pieces, with deletions in between that go by a clock that jumps.
class ForgetfulNode {
 public:
  ForgetfulNode(const std::string& site, uint32_t keep_days, Random& random) : world_(site), random_(random) {
    world_.keep_days(keep_days);
  }

  /// The clock shows days up to `until`, and goes back, too.
  void read(const std::vector<Load>& loads, const ModelLists& lists, Day until) {
    auto list = lists.begin();
    for (size_t at = 0; at < loads.size() || list != lists.end();) {
      const size_t count = std::min(loads.size() - at, below(random_, 30));
      world_.fold(std::vector<Load>(loads.begin() + static_cast<ptrdiff_t>(at),
                                    loads.begin() + static_cast<ptrdiff_t>(at + count)));
      at += count;
      for (size_t i = below(random_, 3); i-- > 0 && list != lists.end(); ++list)
        note_lists(world_, {*list}, list->first);
      const Day clock = kStart + static_cast<Day>(below(random_, static_cast<size_t>(until - kStart + 1)));
      if (below(random_, 3) == 0) world_.judge(clock);
      if (below(random_, 4) == 0) world_.keep_from_now(clock);
      if (below(random_, 2) == 0) retain(clock);
    }
  }
  void retain(Day today) {
    const Dropped more = world_.retain(today);
    dropped_.visits += more.visits;
    dropped_.list_entries += more.list_entries;
    dropped_.names += more.names;
  }
  [[nodiscard]] World& world() noexcept { return world_; }
  [[nodiscard]] const Dropped& dropped() const noexcept { return dropped_; }

 private:
  World world_;
  Random& random_;
  Dropped dropped_;
};

TEST(EngagementModel, WhatIsTooOldMakesNoDifferenceDeletedOrNot) {
  std::map<Move::What, int> moves;
  Dropped dropped;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const std::string site = some_site(random);
    const Past past = some_past(random);
    const auto keep = static_cast<uint32_t>(8 + below(random, 25));
    const Day until = kStart + kDays - 1 - static_cast<Day>(below(random, 20));
    World never_deletes(site);
    never_deletes.keep_days(keep);
    never_deletes.fold(past.loads);
    note_lists(never_deletes, past.lists, kStart + kDays);
    std::vector<Load> loads = past.loads;
    for (size_t i = below(random, loads.size()); i-- > 0;)
      loads.push_back(loads[below(random, loads.size())]);
    std::shuffle(loads.begin(), loads.end(), random);
    ForgetfulNode one(site, keep, random), other(site, keep, random);
    one.read(past.loads, past.lists, until);
    other.read(loads, past.lists, until);
    for (const Day today : {until, until + 1, kStart + kDays, kStart + kDays + 9, kStart + kDays + 40}) {
      const auto said = never_deletes.judge(today);
      expect_as_the_model_says(*said, never_deletes.site(), past, moves);
      EXPECT_EQ(one.world().judge(today)->version(), said->version()) << to_string(today);
      EXPECT_EQ(other.world().judge(today)->version(), said->version()) << to_string(today);
      one.retain(today);
      EXPECT_EQ(one.world().judge(today)->version(), said->version()) << to_string(today) << ", deleted";
      if (below(random, 2) == 0) other.retain(today);
    }
    for (const ForgetfulNode* node : {&one, &other}) {
      dropped.visits += node->dropped().visits;
      dropped.list_entries += node->dropped().list_entries;
      dropped.names += node->dropped().names;
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(dropped.visits, 1000u);
  EXPECT_GT(dropped.list_entries, 1000u);
  EXPECT_GT(dropped.names, 50u);
  for (const Move::What what : {Move::What::kStage, Move::What::kTier, Move::What::kPlay})
    EXPECT_GT(moves[what], 50) << to_string(what);
}

TEST(EngagementModel, NeverFlapsWithinHold) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    World world(
        "engagement: { visits: v, points: { page: 3 } }\n"
        "stages: [ { name: hot, when: { visits_7d: { min: 3 } }, hold: 10d } ]\n"
        "tiers: [ { promote: one-to-few, when: { engagement: { min: 6 } }, for: 12d } ]\n");
    const Past past = some_past(random);
    world.fold(past.loads);
    std::vector<Account> accounts;
    for (int i = 0; i < kAccounts; ++i) accounts.push_back(testing::listed("a" + std::to_string(i)));
    world.list(kStart, accounts);
    std::map<std::string, Standing> before;
    for (Day day = kStart; day < kStart + kDays + 20; ++day) {
      const auto standings = world.judge(day);
      for (const Standing& now : standings->all()) {
        const Standing& then = before[now.account];
        // It ends only once its condition has not held for all of its hold.
        if (then.stage == "hot" && now.stage != "hot") {
          EXPECT_EQ(then.moves.at(0).held_on + 11, day);
        }
        if (now.stage == "hot") {
          EXPECT_GE(now.moves.at(0).until, day);
          EXPECT_LE(day - now.moves.at(0).held_on, 10);
        }
        if (then.tier == Tier::kOneToFew && now.tier != Tier::kOneToFew) {
          EXPECT_EQ(then.moves.back().held_on + 13, day);
        }
        before[now.account] = now;
      }
    }
  }
}

}  // namespace
}  // namespace abm::measure
