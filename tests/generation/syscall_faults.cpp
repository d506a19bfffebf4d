#include "tests/generation/syscall_faults.h"

#include <elf.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace abm::generation::testing {
namespace {

using SyscallInfo = __ptrace_syscall_info;

// Calls that need space or change what is on disk. Not removing: a full disk still allows that.
constexpr long kChanging[] = {
    SYS_write,     SYS_pwrite64,     SYS_writev,          SYS_fsync,     SYS_fdatasync,
    SYS_ftruncate, SYS_mkdirat,      SYS_linkat,          SYS_renameat2, SYS_fallocate,
    SYS_fchmod,    SYS_memfd_create, SYS_copy_file_range,
#ifdef SYS_mkdir
    SYS_mkdir,     SYS_link,         SYS_rename,          SYS_renameat,  SYS_creat,
#endif
};
// The others that touch files.
constexpr long kReading[] = {
    SYS_read,       SYS_pread64,   SYS_readv,     SYS_close,      SYS_fstat,  SYS_newfstatat,
    SYS_statx,      SYS_openat,    SYS_fcntl,     SYS_flock,      SYS_lseek,  SYS_unlinkat,
    SYS_getdents64, SYS_faccessat, SYS_fadvise64, SYS_faccessat2,
#ifdef SYS_open
    SYS_open,       SYS_stat,      SYS_lstat,     SYS_access,     SYS_unlink, SYS_rmdir,
#endif
};

template <size_t kCount>
bool is_among(long number, const long (&list)[kCount]) {
  return std::find(std::begin(list), std::end(list), number) != std::end(list);
}

bool changes_disk(const SyscallInfo& call) {
  const auto number = static_cast<long>(call.entry.nr);
  constexpr uint64_t kCreate = 0100;  // O_CREAT
  if (number == SYS_openat) return (call.entry.args[2] & kCreate) != 0;
  return is_among(number, kChanging);
}

bool touches_files(const SyscallInfo& call) {
  const auto number = static_cast<long>(call.entry.nr);
  if (number == SYS_mmap) return static_cast<int>(call.entry.args[4]) >= 0;
  return is_among(number, kChanging) || is_among(number, kReading);
}

#if defined(__x86_64__)
constexpr bool kKnownProcessor = true;
void skip_call(pid_t child) {
  user_regs_struct registers{};
  ::ptrace(PTRACE_GETREGS, child, nullptr, &registers);
  registers.orig_rax = ~0ull;
  ::ptrace(PTRACE_SETREGS, child, nullptr, &registers);
}
void set_result(pid_t child, int error_number) {
  user_regs_struct registers{};
  ::ptrace(PTRACE_GETREGS, child, nullptr, &registers);
  registers.rax = static_cast<unsigned long long>(-static_cast<long long>(error_number));
  ::ptrace(PTRACE_SETREGS, child, nullptr, &registers);
}
#elif defined(__aarch64__)
constexpr bool kKnownProcessor = true;
void skip_call(pid_t child) {
  int number = -1;
  iovec part{&number, sizeof number};
  ::ptrace(PTRACE_SETREGSET, child, NT_ARM_SYSTEM_CALL, &part);
}
void set_result(pid_t child, int error_number) {
  user_regs_struct registers{};
  iovec all{&registers, sizeof registers};
  ::ptrace(PTRACE_GETREGSET, child, NT_PRSTATUS, &all);
  registers.regs[0] = static_cast<unsigned long long>(-static_cast<long long>(error_number));
  ::ptrace(PTRACE_SETREGSET, child, NT_PRSTATUS, &all);
}
#else
constexpr bool kKnownProcessor = false;
void skip_call(pid_t) {}
void set_result(pid_t, int) {}
#endif

/// The parent's half: follows the child from call to call.
class Tracer {
 public:
  Tracer(pid_t child, const FaultPlan& plan) : child_(child), plan_(plan) {}

  Outcome run() {
    int status = 0;
    ::waitpid(child_, &status, 0);  // it stops itself before the work begins
    ::ptrace(PTRACE_SETOPTIONS, child_, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    for (;;) {
      ::ptrace(PTRACE_SYSCALL, child_, nullptr, signal_);
      ::waitpid(child_, &status, 0);
      if (!WIFSTOPPED(status)) break;
      constexpr int kAtCall = SIGTRAP | 0x80;
      signal_ = WSTOPSIG(status) == kAtCall ? 0 : WSTOPSIG(status);
      if (signal_ == 0) at_call();
    }
    return {seen_ >= plan_.nth, status};
  }

 private:
  void at_call() {
    SyscallInfo call{};
    ::ptrace(PTRACE_GET_SYSCALL_INFO, child_, sizeof call, &call);
    if (call.op == PTRACE_SYSCALL_INFO_EXIT && skipped_) set_result(child_, plan_.error_number);
    if (call.op != PTRACE_SYSCALL_INFO_ENTRY) return;
    skipped_ = fails(call);
    if (!skipped_) return;
    if (plan_.fault == Fault::kKill) {
      ::kill(child_, SIGKILL);
    } else {
      skip_call(child_);
    }
  }

  [[nodiscard]] bool counts(const SyscallInfo& call) const {
    if (plan_.fault == Fault::kNone || plan_.fault == Fault::kKill) return true;
    return plan_.error_number == EIO ? touches_files(call) : changes_disk(call);
  }

  bool fails(const SyscallInfo& call) {
    if (call.entry.nr == SYS_exit_group) return false;
    if (!counts(call)) return false;
    ++seen_;
    return plan_.fault == Fault::kFromOn ? seen_ >= plan_.nth
                                         : plan_.fault != Fault::kNone && seen_ == plan_.nth;
  }

  pid_t child_;
  const FaultPlan& plan_;
  uint64_t seen_ = 0;
  int signal_ = 0;
  bool skipped_ = false;
};

}  // namespace

Outcome run_with_fault(const FaultPlan& plan, const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(1);
    ::raise(SIGSTOP);
    ::_exit(work());
  }
  return Tracer(child, plan).run();
}

bool can_inject_faults() {
  if (!kKnownProcessor) return false;
  constexpr int kSeen = 77;
  const Outcome outcome =
      run_with_fault({Fault::kOnce, 1, EIO}, [] { return ::close(-1) == -1 && errno == EIO ? kSeen : 1; });
  return WIFEXITED(outcome.status) && WEXITSTATUS(outcome.status) == kSeen;
}

}  // namespace abm::generation::testing
