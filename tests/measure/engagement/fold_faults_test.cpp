// A fold that is killed at any of its system calls, or whose disk fails there: the state is what some prefix
// of the lines gives, and reading on ends where an undisturbed fold ends.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <filesystem>

#include "measure/engagement/fold_logs.h"
#include "tests/generation/syscall_faults.h"
#include "tests/measure/engagement/engagement_testing.h"

namespace abm::measure {
namespace {

using generation::testing::can_inject_faults;
using generation::testing::Fault;
using generation::testing::FaultPlan;
using generation::testing::Outcome;
using generation::testing::run_with_fault;
using testing::Folder;
using testing::kDay;
using testing::Load;

namespace fs = std::filesystem;

constexpr int kDone = 0, kFailed = 10;
constexpr uint64_t kFirst = 20, kAll = 60;

std::string numbered_lines(uint64_t first, uint64_t end) {
  std::string text;
  for (uint64_t i = first; i < end; ++i)
    text += Load{.account = "a" + std::to_string(i % 3),
                 .day = kDay,
                 .path = "/" + std::to_string(i),
                 .request = i}
                .text();
  return text;
}

int fold_and_judge(const Folder& folder, const generation::Site& site) {
  auto store = EngagementStore::open(folder / "engagement.db", [](std::string_view) {});
  if (!store) return kFailed;
  FoldOptions options;
  options.folder = fs::path(folder / "x").parent_path();
  options.patterns = {"visits.jsonl*"};
  bool told = false;
  options.note = [&told](std::string_view) { told = true; };
  if (!fold_logs(*store, options)) return kFailed;
  if (!judge_all(*store, {*site.engagement, site.moves, kDay, {}})) return kFailed;
  return told ? kFailed : kDone;
}

/// How many visits are stored; they must be the first ones of the log.
uint64_t stored_prefix(const Folder& folder) {
  auto store = EngagementStore::open(folder / "engagement.db",
                                     [](std::string_view note) { ADD_FAILURE() << "set aside: " << note; });
  EXPECT_TRUE(store.ok()) << store.message();
  if (!store) return 0;
  const auto count = store->database().number("SELECT count(*) FROM visit");
  const auto last = store->database().number(
      "SELECT max(CAST(substr(path, 2) AS INTEGER)) FROM visit JOIN page ON page.id = page");
  EXPECT_TRUE(count.ok() && last.ok());
  const auto visits = static_cast<uint64_t>(count->value_or(0));
  if (visits > 0) {
    EXPECT_EQ(static_cast<uint64_t>(last->value_or(0)) + 1, visits);
  }
  return visits;
}

void prepare(const Folder& folder, const generation::Site& site) {
  folder.write("visits.jsonl.1", numbered_lines(0, kFirst));
  ASSERT_EQ(fold_and_judge(folder, site), kDone);
  folder.append("visits.jsonl.1", numbered_lines(kFirst, kAll));
}

std::string state_of(const Folder& folder, const generation::Site& site) {
  auto store = EngagementStore::open(folder / "engagement.db", [](std::string_view) {});
  if (!store) return store.message();
  const auto standings = judge_all(*store, {*site.engagement, site.moves, kDay, {}});
  return standings ? (*standings)->version() : standings.message();
}

/// Every `nth` from 1 on until the work makes fewer such calls.
void sweep(Fault fault, int error_number) {
  const Folder site_folder;
  const generation::Site site =
      testing::site_of(site_folder, "engagement: { visits: v, points: { page: 2 } }\n");
  std::string expected;
  {
    const Folder folder;
    prepare(folder, site);
    ASSERT_EQ(fold_and_judge(folder, site), kDone);
    EXPECT_EQ(stored_prefix(folder), kAll);
    expected = state_of(folder, site);
  }
  bool reached = true;
  for (uint64_t nth = 1; reached; ++nth) {
    SCOPED_TRACE("call " + std::to_string(nth));
    const Folder folder;
    prepare(folder, site);
    const Outcome outcome =
        run_with_fault({fault, nth, error_number}, [&] { return fold_and_judge(folder, site); });
    reached = outcome.reached;
    if (WIFEXITED(outcome.status) && WEXITSTATUS(outcome.status) == kDone) {
      EXPECT_EQ(stored_prefix(folder), kAll);
    }
    const uint64_t stored = stored_prefix(folder);
    EXPECT_TRUE(stored == kFirst || stored == kAll) << stored;
    ASSERT_EQ(fold_and_judge(folder, site), kDone);
    EXPECT_EQ(state_of(folder, site), expected);
    if (::testing::Test::HasFailure()) return;
  }
}

constexpr uint32_t kKeep = 10;
constexpr std::string_view kForgetful =
    "engagement: { visits: v, points: { page: 2 } }\n"
    "stages: [ { name: warm, when: { intent: { min: 50 } }, hold: 3d } ]\n";

/// Visits and lists of which `kDay` keeps a part.
void make_old(const Folder& folder) {
  testing::World world(std::string(kForgetful), folder / "engagement.db");
  for (Day day = kDay - 20; day <= kDay; ++day) {
    world.fold(
        {{.account = "deere", .day = day, .path = "/" + std::to_string(day)}, {.account = "b", .day = day}});
    if (day % 3 == 0)
      world.list(day, {testing::listed("deere", accounts::Tier::kOneToMany, "", day % 2 == 0 ? 90 : 10)});
  }
  world.judge(kDay);
}

int drop_and_judge(const Folder& folder, const generation::Site& site) {
  auto store = EngagementStore::open(folder / "engagement.db", [](std::string_view) {});
  if (!store) return kFailed;
  if (!keep_from(*store, first_kept(*site.engagement, kDay))) return kFailed;
  if (!drop_old(*store, nullptr)) return kFailed;
  return judge_all(*store, {*site.engagement, site.moves, kDay, {}}) ? kDone : kFailed;
}

/// Rows that retention is to delete.
int64_t too_old(const Folder& folder) {
  auto store = EngagementStore::open(folder / "engagement.db",
                                     [](std::string_view note) { ADD_FAILURE() << "set aside: " << note; });
  EXPECT_TRUE(store.ok()) << store.message();
  if (!store) return -1;
  const std::string first = std::to_string(kDay - static_cast<Day>(kKeep) + 1);
  const auto rows = store->database().number(
      "SELECT (SELECT count(*) FROM visit WHERE day < " + first +
      ") + (SELECT count(*) FROM day WHERE day < " + first +
      ") + (SELECT count(*) FROM page WHERE path > '/' AND substr(path, 2) < '" + first + "')");
  EXPECT_TRUE(rows.ok()) << rows.message();
  return rows.ok() ? rows->value_or(-1) : -1;
}

/// A deletion that is killed, or fails, at every `nth` such call.
void sweep_deletion(Fault fault, int error_number) {
  const Folder site_folder;
  generation::Site site = testing::site_of(site_folder, std::string(kForgetful));
  site.engagement->keep_days = kKeep;
  std::string expected;
  {
    const Folder folder;
    make_old(folder);
    expected = state_of(folder, site);
    EXPECT_EQ(too_old(folder), 5 * 11);
    ASSERT_EQ(drop_and_judge(folder, site), kDone);
    EXPECT_EQ(too_old(folder), 0);
    ASSERT_EQ(state_of(folder, site), expected);
  }
  bool reached = true;
  for (uint64_t nth = 1; reached; ++nth) {
    SCOPED_TRACE("call " + std::to_string(nth));
    const Folder folder;
    make_old(folder);
    const Outcome outcome =
        run_with_fault({fault, nth, error_number}, [&] { return drop_and_judge(folder, site); });
    reached = outcome.reached;
    if (WIFEXITED(outcome.status) && WEXITSTATUS(outcome.status) == kDone) {
      EXPECT_EQ(too_old(folder), 0);
    }
    EXPECT_EQ(state_of(folder, site), expected);
    ASSERT_EQ(drop_and_judge(folder, site), kDone);
    EXPECT_EQ(too_old(folder), 0);
    EXPECT_EQ(state_of(folder, site), expected);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(FoldFaults, AKillAnywhereInADeletionChangesNothingThatIsSaid) {
  if (!can_inject_faults()) GTEST_SKIP() << "no ptrace here";
  sweep_deletion(Fault::kKill, 0);
}

TEST(FoldFaults, ADeletionOnAFullDiskIsMadeUpForLater) {
  if (!can_inject_faults()) GTEST_SKIP() << "no ptrace here";
  sweep_deletion(Fault::kFromOn, ENOSPC);
}

TEST(FoldFaults, AKillAtAnySystemCallLosesAndRepeatsNothing) {
  if (!can_inject_faults()) GTEST_SKIP() << "no ptrace here";
  sweep(Fault::kKill, 0);
}

TEST(FoldFaults, AFullDiskAtAnySystemCallIsToldAndReadOnLater) {
  if (!can_inject_faults()) GTEST_SKIP() << "no ptrace here";
  sweep(Fault::kFromOn, ENOSPC);
}

TEST(FoldFaults, AFailedReadOrWriteIsToldAndReadOnLater) {
  if (!can_inject_faults()) GTEST_SKIP() << "no ptrace here";
  sweep(Fault::kOnce, EIO);
}

}  // namespace
}  // namespace abm::measure
