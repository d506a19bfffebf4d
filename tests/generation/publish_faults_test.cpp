// Every file-system call of a publication failed or interrupted by SIGKILL, one after the other: afterwards
// CURRENT names a whole generation, and the next publication succeeds.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "generation/publish.h"
#include "tests/generation/fault_injection.h"
#include "tests/generation/generation_testing.h"

namespace abm::generation {
namespace {

using testing::Fault;
using testing::make_artifacts;
using testing::TemporaryFolder;

constexpr int kRefused = 10;  // exit status of a publisher that reported an error

PublishOptions into(const std::string& data_dir) {
  PublishOptions options;
  options.data_dir = data_dir;
  options.keep = 2;
  return options;
}

/// A folder with two generations, so that the publication also deletes one.
void prepare(const std::string& data_dir) {
  ASSERT_TRUE(publish(make_artifacts({.feed_version = 1}), into(data_dir)).ok());
  ASSERT_TRUE(publish(make_artifacts({.feed_version = 2, .salt = "two"}), into(data_dir)).ok());
}

struct Outcome {
  bool reached = false;  ///< the publication made at least as many calls
  int status = 0;        ///< of waitpid
};

Outcome publish_with_fault(const std::string& data_dir, Fault fault, uint64_t nth, int error_number) {
  const Artifacts artifacts = make_artifacts({.feed_version = 3, .salt = "three"});
  int report[2];
  if (::pipe(report) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    testing::arm(fault, nth, error_number);
    const auto published = publish(artifacts, into(data_dir));
    testing::disarm();
    const char reached = testing::calls() >= nth ? 'y' : 'n';
    if (::write(report[1], &reached, 1) != 1) ::_exit(1);
    ::_exit(published ? 0 : kRefused);
  }
  ::close(report[1]);
  Outcome outcome;
  char reached = 'y';  // a killed one says nothing
  (void)!::read(report[0], &reached, 1);
  ::close(report[0]);
  outcome.reached = reached == 'y';
  ::waitpid(child, &outcome.status, 0);
  return outcome;
}

void expect_whole(const std::string& data_dir, const Outcome& outcome) {
  const auto current = Generation::open(data_dir);
  ASSERT_TRUE(current.ok()) << current.message();
  const uint64_t version = (*current)->manifest().feed_version;
  if (WIFSIGNALED(outcome.status)) {
    EXPECT_EQ(WTERMSIG(outcome.status), SIGKILL);
    EXPECT_TRUE(version == 2 || version == 3) << version;
  } else {
    ASSERT_TRUE(WEXITSTATUS(outcome.status) == 0 || WEXITSTATUS(outcome.status) == kRefused)
        << outcome.status;
    // What it reported is what happened.
    EXPECT_EQ(version, WEXITSTATUS(outcome.status) == 0 ? 3u : 2u);
  }
  const auto generations = list_generations(data_dir);
  ASSERT_TRUE(generations.ok()) << generations.message();
  for (const GenerationInfo& info : *generations) {
    EXPECT_TRUE(Generation::open(data_dir, info.number).ok()) << "half a generation: " << info.number;
  }
  const auto next = publish(make_artifacts({.feed_version = 4, .salt = "four"}), into(data_dir));
  ASSERT_TRUE(next.ok()) << next.message();
  EXPECT_EQ((*Generation::open(data_dir))->manifest().feed_version, 4u);
  EXPECT_EQ(testing::names_in(data_dir).size(), 4u) << "leftovers";  // .lock, CURRENT and two generations
}

/// Runs until the publication makes fewer calls than `nth`; returns how many it makes.
uint64_t sweep(Fault fault, int error_number) {
  for (uint64_t nth = 1;; ++nth) {
    const TemporaryFolder data;
    prepare(data.path());
    const Outcome outcome = publish_with_fault(data.path(), fault, nth, error_number);
    expect_whole(data.path(), outcome);
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << "at call " << nth;
      return nth;
    }
    if (!outcome.reached) return nth - 1;
  }
}

class PublishFaults : public ::testing::Test {
 protected:
  void report(const char* what, uint64_t covered) {
    RecordProperty("covered", static_cast<int>(covered));
    std::printf("[ covered  ] %s at each of %llu calls\n", what, static_cast<unsigned long long>(covered));
    // A publication opens, writes, syncs and links: fewer calls would mean that nothing was interposed.
    EXPECT_GT(covered, 60u);
  }
};

TEST_F(PublishFaults, KillAtEveryCallLeavesAWholeGeneration) {
  report("SIGKILL", sweep(Fault::kKill, 0));
}

TEST_F(PublishFaults, EioAtEveryCallLeavesAWholeGeneration) {
  report("EIO", sweep(Fault::kOnce, EIO));
}

TEST_F(PublishFaults, EnospcAtEveryCallLeavesAWholeGeneration) {
  report("ENOSPC", sweep(Fault::kOnce, ENOSPC));
}

TEST_F(PublishFaults, ADiskThatStaysFullFromAnyCallOnLeavesAWholeGeneration) {
  report("a full disk", sweep(Fault::kFromOn, ENOSPC));
}

}  // namespace
}  // namespace abm::generation
