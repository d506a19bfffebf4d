// Makes the Nth file-system call of this process fail or kill it: the calls of libc are interposed by this
// executable.
#pragma once

#include <cstdint>

namespace abm::generation::testing {

enum class Fault : uint8_t {
  kNone,    ///< calls pass
  kKill,    ///< SIGKILL instead of the Nth call
  kOnce,    ///< the Nth call fails
  kFromOn,  ///< the Nth call and every later one that needs space or the disk fails
};

/// Counts from zero again. `error_number` is errno of the calls that fail. For a forked child: there is no
/// way back.
void arm(Fault fault, uint64_t nth_call, int error_number) noexcept;
void disarm() noexcept;
/// Calls since arm().
[[nodiscard]] uint64_t calls() noexcept;

}  // namespace abm::generation::testing
