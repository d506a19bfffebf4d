// Makes the Nth system call of some work fail, or kills its process there. The work runs in a child process
// under ptrace, so that no call escapes, whoever makes it.
#pragma once

#include <cstdint>
#include <functional>

namespace abm::generation::testing {

enum class Fault : uint8_t {
  kNone,    ///< calls pass and are counted
  kKill,    ///< SIGKILL instead of the Nth system call, whatever it is
  kOnce,    ///< only the Nth call that could fail with it
  kFromOn,  ///< the Nth such call and every later one
};

struct FaultPlan {
  Fault fault = Fault::kNone;
  uint64_t nth = 0;      ///< from 1
  int error_number = 0;  ///< EIO: for any call on files; others: for calls that need space or change the disk
};

struct Outcome {
  bool reached = false;  ///< the work made at least `nth` such calls
  int status = 0;        ///< of the child, as waitpid gives it
};

/// Whether this machine can do it: ptrace of one's own children, and a processor that we know.
[[nodiscard]] bool can_inject_faults();

/// `work` returns the child's exit status; what it changes in memory is the child's own.
[[nodiscard]] Outcome run_with_fault(const FaultPlan& plan, const std::function<int()>& work);

}  // namespace abm::generation::testing
