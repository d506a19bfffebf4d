// Threads of the control plane, beside the one that does the talking. The module has none.
#pragma once

#include <pthread.h>

#include <csignal>
#include <exception>
#include <thread>
#include <utility>

namespace abm {

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
