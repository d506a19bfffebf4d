// Threads of the control plane besides the main one. The module has none.
#pragma once

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <thread>
#include <utility>

namespace abm {

/// Processors this process may run on, at least 1. std::thread::hardware_concurrency()
/// counts all that are online.
[[nodiscard]] inline unsigned usable_processors() noexcept {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return std::max(1u, std::thread::hardware_concurrency());
  return static_cast<unsigned>(CPU_COUNT(&set));
}

/// Runs `task()` in a thread that takes no signals: they go to the threads whose system calls they should
/// interrupt. Not joinable if the system refuses another thread; `task` then does not run.
template <typename Task>
[[nodiscard]] std::jthread start_thread(Task task) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::jthread thread;
  try {
    thread = std::jthread(std::move(task));
  } catch (const std::exception&) {  // std::system_error, or out of memory
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace abm
