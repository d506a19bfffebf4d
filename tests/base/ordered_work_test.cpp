#include "base/ordered_work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
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

/// Squares; for some numbers it takes long, so that later ones overtake them. Fails at 13.
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
  Squares work(2, make_squarer);
  for (int i = 0; i < 50; ++i) work.give(number(7 * i));
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

}  // namespace
}  // namespace abm
