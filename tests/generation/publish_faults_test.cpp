// Makes every system call of a publication fail in turn, or kills the publisher there: afterwards CURRENT
// names a whole generation, and the next publication succeeds.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>

#include "generation/folder.h"
#include "generation/hold.h"
#include "generation/publish.h"
#include "tests/generation/generation_testing.h"
#include "tests/generation/syscall_faults.h"

namespace abm::generation {
namespace {

using testing::Fault;
using testing::FaultPlan;
using testing::make_artifacts;
using testing::Outcome;
using testing::TemporaryFolder;

constexpr int kDone = 0, kRefused = 10;  // exit status of the child

PublishOptions into_two(const std::string& data_dir) {
  PublishOptions options;
  options.data_dir = data_dir;
  options.keep = 2;
  return options;
}

/// What is done to a folder, and what the folder may say afterwards.
struct Scene {
  std::function<void(const std::string& data_dir)> prepare;
  std::function<int(const std::string& data_dir)> work;
  uint64_t before = 0;  ///< feed version of CURRENT; 0: there is no CURRENT
  uint64_t after = 0;
};

/// Two generations, so that publishing a third also deletes one. Made once, then linked: published files are
/// never written again.
void two_generations(const std::string& data_dir) {
  static const TemporaryFolder made;
  if (!std::filesystem::exists(made / "CURRENT")) {
    ASSERT_TRUE(publish(make_artifacts({.feed_version = 1}), into_two(made.path())).ok());
    ASSERT_TRUE(publish(make_artifacts({.feed_version = 2, .salt = "two"}), into_two(made.path())).ok());
  }
  using std::filesystem::copy_options;
  std::filesystem::copy(made.path(), data_dir, copy_options::recursive | copy_options::create_hard_links);
}

Scene next_publication() {
  // Made before the fork, so that the child only publishes.
  return {two_generations,
          [artifacts = make_artifacts({.feed_version = 3, .salt = "three"})](const std::string& data_dir) {
            return publish(artifacts, into_two(data_dir)) ? kDone : kRefused;
          },
          2, 3};
}

Scene first_publication() {
  return {[](const std::string& data_dir) { std::filesystem::remove(data_dir); },
          [artifacts = make_artifacts({.feed_version = 3})](const std::string& data_dir) {
            return publish(artifacts, into_two(data_dir)) ? kDone : kRefused;
          },
          0, 3};
}

Scene rollback_to_the_first() {
  return {two_generations, [](const std::string& data_dir) { return rollback(data_dir) ? kDone : kRefused; },
          2, 1};
}

void expect_whole(const std::string& data_dir, const Scene& scene, const Outcome& outcome) {
  const auto current = Generation::open(data_dir);
  const bool nothing_yet = !std::filesystem::exists(data_dir + "/CURRENT");
  ASSERT_TRUE(current.ok() || (scene.before == 0 && nothing_yet)) << current.message();
  const uint64_t version = current ? (*current)->manifest().feed_version : 0;
  if (WIFSIGNALED(outcome.status)) {
    EXPECT_EQ(WTERMSIG(outcome.status), SIGKILL);
    EXPECT_TRUE(version == scene.before || version == scene.after) << version;
  } else {
    // It reported what really happened.
    ASSERT_TRUE(WEXITSTATUS(outcome.status) == kDone || WEXITSTATUS(outcome.status) == kRefused)
        << outcome.status;
    EXPECT_EQ(version, WEXITSTATUS(outcome.status) == kDone ? scene.after : scene.before);
  }
  if (std::filesystem::exists(data_dir)) {
    const auto generations = list_generations(data_dir);
    ASSERT_TRUE(generations.ok()) << generations.message();
    for (const GenerationInfo& info : *generations) {
      EXPECT_TRUE(Generation::open(data_dir, info.number).ok()) << "half a generation: " << info.number;
    }
  }
}

void expect_the_next_to_succeed(const std::string& data_dir) {
  PublishOptions options = into_two(data_dir);
  if (const auto data = open_folder(data_dir); data) {
    const auto hold = read_hold(*data);
    ASSERT_TRUE(hold.ok()) << "half a hold: " << hold.message();
    options.hold = *hold;
  }
  const auto next = publish(make_artifacts({.feed_version = 4, .salt = "four"}), options);
  ASSERT_TRUE(next.ok()) << next.message();
  EXPECT_EQ((*Generation::open(data_dir))->manifest().feed_version, 4u);
  for (const std::string& name : testing::names_in(data_dir)) {
    EXPECT_TRUE(name == ".lock" || name == "CURRENT" || name == "HOLD.json" || name.starts_with("gen-"))
        << "left over: " << name;
  }
}

class PublishFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::can_inject_faults()) GTEST_SKIP() << "no ptrace here";
  }

  /// One run per call, until the work makes fewer.
  void sweep(const char* what, const Scene& scene, Fault fault, int error_number) {
    uint64_t nth = 1;
    for (;; ++nth) {
      const TemporaryFolder data;
      scene.prepare(data.path());
      const Outcome outcome =
          testing::run_with_fault({fault, nth, error_number}, [&] { return scene.work(data.path()); });
      expect_whole(data.path(), scene, outcome);
      // A full disk still allows removing: whatever was begun is removed at once.
      if (error_number == ENOSPC && std::filesystem::exists(data.path())) {
        for (const std::string& name : testing::names_in(data.path()))
          EXPECT_EQ(name.find(".tmp-"), name.npos) << name;
      }
      expect_the_next_to_succeed(data.path());
      if (HasFailure()) {
        ADD_FAILURE() << what << " at call " << nth;
        return;
      }
      if (!outcome.reached) break;
    }
    --nth;
    RecordProperty("covered", static_cast<int>(nth));
    std::printf("[ covered  ] %s at each of %llu calls: 0 broken states\n", what,
                static_cast<unsigned long long>(nth));
    EXPECT_GT(nth, 20u) << "fewer calls than any publication makes: nothing was injected";
  }
};

TEST_F(PublishFaults, AKillAtEverySystemCallLeavesAWholeGeneration) {
  sweep("SIGKILL", next_publication(), Fault::kKill, 0);
}

TEST_F(PublishFaults, EioAtEveryCallLeavesAWholeGeneration) {
  sweep("EIO", next_publication(), Fault::kOnce, EIO);
}

TEST_F(PublishFaults, EnospcAtEveryCallLeavesAWholeGeneration) {
  sweep("ENOSPC", next_publication(), Fault::kOnce, ENOSPC);
}

TEST_F(PublishFaults, ADiskThatStaysFullFromAnyCallOnLeavesAWholeGeneration) {
  sweep("a full disk", next_publication(), Fault::kFromOn, ENOSPC);
}

TEST_F(PublishFaults, ADiskThatTurnsReadOnlyAtAnyCallLeavesAWholeGeneration) {
  sweep("a read-only disk", next_publication(), Fault::kFromOn, EROFS);
}

TEST_F(PublishFaults, AFirstPublicationIsWholeOrNotThere) {
  sweep("SIGKILL of the first", first_publication(), Fault::kKill, 0);
  sweep("ENOSPC of the first", first_publication(), Fault::kOnce, ENOSPC);
}

TEST_F(PublishFaults, ARollbackHappensOrDoesNot) {
  sweep("SIGKILL of a rollback", rollback_to_the_first(), Fault::kKill, 0);
  sweep("EIO in a rollback", rollback_to_the_first(), Fault::kOnce, EIO);
}

}  // namespace
}  // namespace abm::generation
