// Several threads work on a stream of items; the results come back in the order of the items.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/thread.h"

namespace abm {

/// One thread, the owner, gives items and takes them back in the same order, each worked on once. It works
/// too while the oldest is not ready; without helpers it does everything, with the same results. `Make` makes
/// a worker, called as `worker(Item&)`: one per thread, used only by that thread. A worker's exception is
/// thrown at the owner by take() of its item; one of `Make`, by the constructor or by give(), which has given
/// the item all the same.
template <typename Item, typename Make>
class OrderedWork {
 public:
  /// Helpers are started as items come in; fewer than `helpers` if the system refuses more threads.
  OrderedWork(unsigned helpers, Make make) : make_(std::move(make)), own_(make_()), wanted_(helpers) {
    helpers_.reserve(helpers);
  }
  /// Items not taken are dropped.
  ~OrderedWork() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    given_.notify_all();
  }
  OrderedWork(const OrderedWork&) = delete;
  OrderedWork& operator=(const OrderedWork&) = delete;

  void give(std::unique_ptr<Item> item) {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back({std::move(item)});
    }
    given_.notify_one();
    // The owner takes the first item itself: a single one is not worth a thread.
    if (helpers_.size() < wanted_ && size() > 1) start_helper();
  }

  /// The oldest item given, worked on; nullptr if there is none.
  [[nodiscard]] std::unique_ptr<Item> take() {
    std::unique_lock lock(mutex_);
    if (jobs_.empty()) return nullptr;
    while (jobs_.front().state != State::kDone) {
      if (Job* const job = next_waiting()) {
        work(own_, *job, lock);
      } else {
        done_.wait(lock);
      }
    }
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    if (job.failure) std::rethrow_exception(job.failure);
    return std::move(job.item);
  }

  /// Given and not yet taken.
  [[nodiscard]] size_t size() const {
    const std::lock_guard lock(mutex_);
    return jobs_.size();
  }

 private:
  using Worker = std::invoke_result_t<Make&>;
  enum class State : uint8_t { kWaiting, kInWork, kDone };
  struct Job {
    std::unique_ptr<Item> item;
    State state = State::kWaiting;
    std::exception_ptr failure = {};
  };

  void start_helper() {
    std::unique_ptr<Worker> worker(new Worker(make_()));
    std::jthread helper = start_thread([this, mine = std::move(worker)] { help(*mine); });
    if (helper.joinable()) {
      helpers_.push_back(std::move(helper));
    } else {
      wanted_ = 0;  // those that run will do
    }
  }

  void help(Worker& worker) {
    std::unique_lock lock(mutex_);
    for (;;) {
      Job* job = nullptr;
      given_.wait(lock, [&] { return stopping_ || (job = next_waiting()) != nullptr; });
      if (stopping_) return;
      work(worker, *job, lock);
    }
  }

  [[nodiscard]] Job* next_waiting() noexcept {
    const auto job =
        std::find_if(jobs_.begin(), jobs_.end(), [](const Job& j) { return j.state == State::kWaiting; });
    return job == jobs_.end() ? nullptr : &*job;
  }

  /// The lock is held before and after, but not during the work. Elements of a deque stay where they are.
  void work(Worker& worker, Job& job, std::unique_lock<std::mutex>& lock) noexcept {
    job.state = State::kInWork;
    lock.unlock();
    try {
      worker(*job.item);
    } catch (...) {
      job.failure = std::current_exception();
    }
    lock.lock();
    job.state = State::kDone;
    done_.notify_one();
  }

  Make make_;
  Worker own_;
  unsigned wanted_;
  mutable std::mutex mutex_;
  std::condition_variable given_, done_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::vector<std::jthread> helpers_;  // last: joined before the rest is destroyed
};

}  // namespace abm
