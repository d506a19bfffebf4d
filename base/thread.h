// Threads of the control plane, beside the one that does the talking. The module has none.
#pragma once

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <thread>
#include <utility>

namespace abm {

/// That this process may run on, at least 1. std::thread::hardware_concurrency() counts all that are online.
[[nodiscard]] inline unsigned usable_processors() noexcept {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return std::max(1u, std::thread::hardware_concurrency());
  return static_cast<unsigned>(CPU_COUNT(&set));
}

/// Runs `task()` in a thread that takes no signals: they stay with the threads whose system calls they are
/// meant to interrupt. Not joinable when the system refuses another thread; then `task` does not run.
template <typename Task>
[[nodiscard]] std::jthread start_thread(Task task) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::jthread thread;
  try {
    thread = std::jthread(std::move(task));
  } catch (const std::exception&) {  // std::system_error, or no memory for it
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace abm
