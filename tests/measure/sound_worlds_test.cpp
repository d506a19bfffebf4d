// Experiments that went wrong in one way each are told so, from lines to the sentence; sound ones are left
// alone.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "measure/report/rollup.h"
#include "measure/report/soundness.h"
#include "measure/store/listed_arms.h"
#include "rules/program/arms.h"
#include "tests/measure/report_testing.h"
#include "tests/measure/visit_world.h"

namespace abm::measure {
namespace {

using testing::Folder;
using Verdict = SoundnessCheck::Verdict;

/// What the report knows besides lines: the list, and how the published rules draw it.
struct SoundList {
  std::vector<ListedAccount> accounts;
  std::vector<ListedArm> arms;
  Plan plan;
};

SoundList list_of(const WorldOptions& options) {
  SoundList list;
  const double share = options.control_percent / 100;
  list.plan = {.control = share, .holdouts = {}, .accounts = options.accounts + options.accounts / 5};
  list.plan.drawn.emplace();
  for (uint32_t i = 0; i < options.accounts + options.accounts / 5; ++i) {
    ListedAccount account{
        .id = fmt::format("account-{:04}", i), .name = "", .tier = "untiered", .stage = "", .owner = ""};
    const bool control = rules::bucket("control", world_salt(options), account.id) <
                         static_cast<uint32_t>(std::lround(options.control_percent * 100));
    list.arms.push_back({account.id, control, account.id});
    ++(control ? list.plan.drawn->control : list.plan.drawn->treated);
    list.accounts.push_back(std::move(account));
  }
  list.plan.controls = {{43, {share, world_salt(options)}}, {44, {share, world_salt(options) + "-b"}}};
  return list;
}

struct Judged {
  std::vector<SoundnessCheck> checks;
  std::vector<SampleRatio> ratios;
  [[nodiscard]] std::string alarms() const {
    std::string names;
    for (const SoundnessCheck& check : checks) {
      if (check.verdict == Verdict::kAlarm) names += check.name + " ";
    }
    return names;
  }
  [[nodiscard]] const SoundnessCheck& check(std::string_view name) const {
    return *std::find_if(checks.begin(), checks.end(),
                         [name](const SoundnessCheck& one) { return one.name == name; });
  }
};

Judged judge(const WorldOptions& options) {
  std::string lines;
  make_world(options, [&lines](std::string_view line) { (lines += line) += '\n'; });
  const Folder folder;
  const SoundList list = list_of(options);
  auto store = VisitStore::open("");
  EXPECT_TRUE(store.ok());
  auto sources = load_logs({folder.write("log", lines)}, *store, &list.accounts, [](uint64_t, uint64_t) {});
  EXPECT_TRUE(sources.ok()) << sources.message();
  EXPECT_TRUE(set_listed_arms(store->database(), list.arms).ok());
  EXPECT_TRUE(roll_up(store->database(), {.period = {}, .goals = {}}, [](uint64_t, uint64_t) {}).ok());
  auto queries = load_queries("");
  std::erase_if(*queries, [](const Query& query) {
    constexpr std::string_view kNeeded[] = {"arms",         "arms_by_day",  "contamination",
                                            "delivery",     "sample_ratio", "identification_by_arm",
                                            "visits_by_arm"};
    return std::find(std::begin(kNeeded), std::end(kNeeded), query.name) == std::end(kNeeded);
  });
  auto tables = run_queries(store->database(), *queries, [](uint64_t, uint64_t) {});
  EXPECT_TRUE(tables.ok()) << tables.message();
  Judged judged;
  for (Table& table : *tables) {
    if (table.name == "sample_ratio") judged.ratios = judge_sample_ratios(table, list.plan);
  }
  judged.checks = check_soundness(*tables, judged.ratios, list.plan);
  return judged;
}

TEST(SoundWorlds, AreToldNothing) {
  const Judged judged = judge({.seed = 3});
  EXPECT_EQ(judged.alarms(), "");
  for (const SoundnessCheck& check : judged.checks)
    EXPECT_EQ(check.verdict, Verdict::kSound) << check.name << ": " << check.sentence;
  EXPECT_EQ(judged.ratios.size(), 2u) << "those that came, and all that are listed";
}

// Seven checks, five of which are tests at 0.001: at most one alarm in 200 programmes is to be expected, and
// more than four with a probability below 0.004.
TEST(SoundWorlds, TwoHundredRaiseNoMoreAlarmsThanWasPromised) {
  int alarms = 0;
  std::string which;
  for (uint64_t seed = 9000; seed < 9200; ++seed) {
    const Judged judged =
        judge({.seed = seed, .accounts = 300, .visits_per_account = 4, .control_percent = 20});
    if (judged.alarms().empty()) continue;
    ++alarms;
    which += fmt::format("{}: {}; ", seed, judged.alarms());
  }
  EXPECT_LE(alarms, 4) << which;
}

TEST(SoundWorlds, ACacheThatSwallowsVisitsOfTheControlGroupIsFound) {
  WorldOptions options{.seed = 4};
  options.faults.cached_control = 0.6;
  const Judged judged = judge(options);
  const SoundnessCheck& visits = judged.check("visits");
  EXPECT_EQ(visits.verdict, Verdict::kAlarm) << visits.sentence;
  EXPECT_NE(visits.sentence.find("a cache that answers for original pages"), std::string::npos);
}

TEST(SoundWorlds, AnArmWhoseAccountsAreRecognisedLessIsFound) {
  WorldOptions options{.seed = 5};
  options.faults.unknown_control = 0.7;
  const Judged judged = judge(options);
  for (const std::string_view name : {"lot", "arrivals", "identification"})
    EXPECT_EQ(judged.check(name).verdict, Verdict::kAlarm) << name << ": " << judged.check(name).sentence;
  EXPECT_TRUE(is_control_doubtful(judged.ratios, judged.checks));
  EXPECT_EQ(judged.check("contamination").verdict, Verdict::kSound);
}

TEST(SoundWorlds, ASaltThatChangesMidwayIsFoundWithItsGeneration) {
  WorldOptions options{.seed = 6};
  options.faults.new_salt_on_day = 15;
  const Judged judged = judge(options);
  const SoundnessCheck& check = judged.check("contamination");
  EXPECT_EQ(check.verdict, Verdict::kAlarm);
  EXPECT_NE(check.sentence.find("generation 44 sent it to"), std::string::npos) << check.sentence;
  EXPECT_NE(
      check.sentence.find("from 2026-11-15 on (since generation 43, the salt of control was changed from "
                          "'world-6' to 'world-6-b')"),
      std::string::npos)
      << check.sentence;
  EXPECT_NE(check.sentence.find("makers-home"), std::string::npos) << check.sentence;
}

TEST(SoundWorlds, DaysBeforeAnythingWasSentAreFound) {
  WorldOptions options{.seed = 7};
  options.faults.silent_until_day = 8;
  const SoundnessCheck check = judge(options).check("exposure");
  EXPECT_EQ(check.verdict, Verdict::kAlarm);
  EXPECT_NE(check.sentence.find("came on 7 days from 2026-11-01 to 2026-11-07, and none was sent an edit"),
            std::string::npos)
      << check.sentence;
}

}  // namespace
}  // namespace abm::measure
