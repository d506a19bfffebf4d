// Measures the peak memory of some work.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

namespace abm::ipdb::testing {

inline constexpr uint64_t kMebibyte = 1u << 20;

inline uint64_t status_bytes(std::string_view name) {
  std::ifstream lines("/proc/self/status");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name)) return std::stoull(line.substr(name.size())) * 1024;
  }
  return 0;
}

/// Peak resident memory that `work` adds, measured in a child process.
inline uint64_t memory_of(const std::function<void()>& work) {
  int report[2];
  if (::pipe(report) != 0) return UINT64_MAX;
  const pid_t child = ::fork();
  if (child == 0) {
    std::ofstream("/proc/self/clear_refs") << "5";  // resets the peak
    const uint64_t before = status_bytes("VmRSS:");
    work();
    const uint64_t added = status_bytes("VmHWM:") - before;
    ::_exit(::write(report[1], &added, sizeof added) == sizeof added ? 0 : 1);
  }
  ::close(report[1]);
  uint64_t added = UINT64_MAX;
  if (::read(report[0], &added, sizeof added) != sizeof added) added = UINT64_MAX;
  ::close(report[0]);
  ::waitpid(child, nullptr, 0);
  return added;
}

}  // namespace abm::ipdb::testing
