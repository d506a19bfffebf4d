// A clock that jumps while generations are published and adopted: numbers decide, dates are for people.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

#include "generation/adopter.h"
#include "generation/publish.h"
#include "tests/generation/generation_testing.h"

namespace {

time_t jump = 0;

}  // namespace

// The program's own time(), replacing libc's.
extern "C" __attribute__((visibility("default"))) time_t time(time_t* out) noexcept {
  timespec now{};
  ::syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  const time_t seconds = now.tv_sec + jump;
  if (out != nullptr) *out = seconds;
  return seconds;
}

namespace abm::generation {
namespace {

using testing::TemporaryFolder;

TEST(Clock, ThatJumpsChangesDatesAndNothingElse) {
  constexpr time_t kDay = 86'400;
  const TemporaryFolder data;
  PublishOptions options;
  options.data_dir = data.path();
  Adopter worker(data.path());
  uint64_t version = 1;
  std::string created_before;
  for (const time_t to :
       {time_t{0}, kDay, -kDay, -20 * 365 * kDay, 80 * 365 * kDay, -::time(nullptr), time_t{0}}) {
    jump = to;
    const auto published = publish(testing::make_artifacts({.feed_version = version}), options);
    ASSERT_TRUE(published.ok()) << published.message();
    EXPECT_EQ(published->number, version);
    EXPECT_EQ(worker.run_to_end(), Adopter::State::kAdopted);
    EXPECT_EQ(worker.current()->number(), version);
    const std::string& created = worker.current()->manifest().created_at;
    EXPECT_NE(created, created_before) << "the clock did not jump";
    created_before = created;
    ++version;
  }
  jump = 0;
  EXPECT_EQ(*rollback(data.path()), version - 2);
}

}  // namespace
}  // namespace abm::generation
