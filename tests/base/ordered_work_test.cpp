#include "base/ordered_work.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <new>
#include <optional>
#include <set>
#include <stdexcept>

namespace abm {
namespace {

struct Number {
  int value = 0;
  std::optional<int> square = {};
  std::thread::id worked_by = {};
};

/// Squares; slow for some numbers, so that later ones overtake them. Fails at 13.
class Squarer {
 public:
  Squarer() = default;
  Squarer(const Squarer&) = delete;
  Squarer& operator=(const Squarer&) = delete;

  void operator()(Number& number) {
    const auto me = std::this_thread::get_id();
    EXPECT_TRUE(mine_ == std::thread::id() || mine_ == me) << "a worker of two threads";
    mine_ = me;
    if (number.value % 7 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (number.value == 13) throw std::runtime_error("thirteen");
    EXPECT_FALSE(number.square.has_value()) << "worked on twice";
    number.square = number.value * number.value;
    number.worked_by = me;
  }

 private:
  std::thread::id mine_;
};

const auto make_squarer = [] { return Squarer(); };
using Squares = OrderedWork<Number, decltype(make_squarer)>;

std::unique_ptr<Number> number(int value) {
  return std::unique_ptr<Number>(new Number{value});
}

TEST(OrderedWork, GivesBackInOrder) {
  for (const unsigned helpers : {0u, 1u, 2u, 5u}) {
    Squares work(helpers, make_squarer);
    EXPECT_EQ(work.take(), nullptr);
    std::set<std::thread::id> threads;
    int taken = 20;
    for (int given = 20; taken < 220;) {
      while (given < 220 && work.size() < 8) work.give(number(given++));
      const auto item = work.take();
      ASSERT_NE(item, nullptr);
      EXPECT_EQ(item->value, taken);
      EXPECT_EQ(item->square, taken * taken);
      threads.insert(item->worked_by);
      ++taken;
    }
    EXPECT_EQ(work.take(), nullptr);
    EXPECT_LE(threads.size(), helpers + 1);
    EXPECT_TRUE(helpers == 0 || threads.size() > 1) << "nobody helped";
  }
}

TEST(OrderedWork, DoesASingleItemWithoutAHelper) {
  Squares work(3, make_squarer);
  for (int i = 1; i < 10; ++i) {
    work.give(number(i));
    EXPECT_EQ(work.take()->worked_by, std::this_thread::get_id());
  }
}

TEST(OrderedWork, ThrowsWhatAWorkerThrewWhereItsItemIsTaken) {
  for (const unsigned helpers : {0u, 2u}) {
    Squares work(helpers, make_squarer);
    for (const int value : {12, 13, 14}) work.give(number(value));
    EXPECT_EQ(work.take()->square, 144);
    EXPECT_THROW((void)work.take(), std::runtime_error);
    EXPECT_EQ(work.take()->square, 196);
  }
}

TEST(OrderedWork, DropsWhatIsNotTaken) {
  std::atomic<int> done = 0;
  const auto make = [&] {
    return [&](int&) { std::this_thread::sleep_for(std::chrono::milliseconds(1)), ++done; };
  };
  {
    OrderedWork<int, decltype(make)> work(2, make);
    for (int i = 0; i < 20'000; ++i) work.give(std::make_unique<int>(i));
  }
  const int at_the_end = done;
  EXPECT_LT(at_the_end, 20'000);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(done, at_the_end) << "a helper outlives it";
}

/// While it lives, no thread can be started: its stack would not fit into the address space.
class NoMoreThreads {
 public:
  NoMoreThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    pthread_attr_init(&huge);
    pthread_attr_setstacksize(&huge, size_t{1} << 60);
    pthread_setattr_default_np(&huge);
    pthread_attr_destroy(&huge);
  }
  ~NoMoreThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }

 private:
  pthread_attr_t before_;
};

TEST(OrderedWork, DoesWithoutHelpersThatTheSystemRefuses) {
  const NoMoreThreads refused;
  EXPECT_FALSE(start_thread([] { FAIL() << "it runs"; }).joinable());
  Squares work(3, make_squarer);
  for (int i = 0; i < 10; ++i) work.give(number(i));
  for (int i = 0; i < 10; ++i) {
    const auto item = work.take();
    EXPECT_EQ(item->square, i * i);
    EXPECT_EQ(item->worked_by, std::this_thread::get_id());
  }
}

TEST(OrderedWork, LetsTheOwnerKnowThatAWorkerCouldNotBeMade) {
  int made = 0;
  const auto make = [&] {
    if (++made == 2) throw std::bad_alloc();
    return Squarer();
  };
  OrderedWork<Number, decltype(make)> work(2, make);
  work.give(number(1));
  EXPECT_THROW(work.give(number(2)), std::bad_alloc);
  EXPECT_EQ(work.take()->square, 1);
  EXPECT_EQ(work.take()->square, 4);
}

TEST(StartThread, LeavesSignalsToTheOthers) {
  std::atomic<int> blocked = -1;
  {
    const std::jthread thread = start_thread([&] {
      sigset_t mask;
      pthread_sigmask(SIG_SETMASK, nullptr, &mask);
      blocked = sigismember(&mask, SIGTERM) + sigismember(&mask, SIGINT);
    });
    ASSERT_TRUE(thread.joinable());
  }
  EXPECT_EQ(blocked, 2);
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGTERM), 0);
}

TEST(UsableProcessors, AreThoseThatTheProcessMayUse) {
  cpu_set_t before, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(usable_processors(), static_cast<unsigned>(CPU_COUNT(&before)));
  CPU_ZERO(&one);
  for (size_t i = 0; CPU_COUNT(&one) == 0; ++i) {
    if (CPU_ISSET(i, &before)) CPU_SET(i, &one);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(usable_processors(), 1u);
  sched_setaffinity(0, sizeof before, &before);
}

}  // namespace
}  // namespace abm
