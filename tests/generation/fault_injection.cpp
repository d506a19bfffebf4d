#include "tests/generation/fault_injection.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>

namespace abm::generation::testing {
namespace {

struct Armed {
  bool on = false;
  Fault fault = Fault::kNone;
  uint64_t nth = 0;
  uint64_t calls = 0;
  int error_number = 0;
};
Armed armed;

/// Whether the call that is about to be made fails; does not return when it kills. `changes`: it changes the
/// disk.
bool fails(bool changes) noexcept {
  if (!armed.on) return false;
  ++armed.calls;
  const bool reached =
      armed.fault == Fault::kFromOn ? changes && armed.calls >= armed.nth : armed.calls == armed.nth;
  if (!reached || armed.fault == Fault::kNone) return false;
  if (armed.fault == Fault::kKill) ::kill(::getpid(), SIGKILL);
  errno = armed.error_number;
  return true;
}

template <typename Function>
Function next(const char* name) noexcept {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

void arm(Fault fault, uint64_t nth_call, int error_number) noexcept {
  armed = {.on = true, .fault = fault, .nth = nth_call, .calls = 0, .error_number = error_number};
}
void disarm() noexcept {
  armed.on = false;
}
uint64_t calls() noexcept {
  return armed.calls;
}

}  // namespace abm::generation::testing

// NOLINTBEGIN: names and signatures are libc's.
#define ABM_EXPORT extern "C" __attribute__((visibility("default")))
#define ABM_INTERPOSE(result, name, parameters, arguments, changes, failure)              \
  ABM_EXPORT result name parameters {                                                     \
    if (abm::generation::testing::fails(changes)) return failure;                         \
    static const auto real = abm::generation::testing::next<result(*) parameters>(#name); \
    return real arguments;                                                                \
  }
#define ABM_INTERPOSE_OPEN(name)                                                                       \
  ABM_EXPORT int name(const char* path, int flags, ...) {                                              \
    va_list list;                                                                                      \
    va_start(list, flags);                                                                             \
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;                             \
    va_end(list);                                                                                      \
    if (abm::generation::testing::fails((flags & O_CREAT) != 0)) return -1;                            \
    static const auto real = abm::generation::testing::next<int (*)(const char*, int, mode_t)>(#name); \
    return real(path, flags, mode);                                                                    \
  }
#define ABM_INTERPOSE_OPENAT(name)                                                                          \
  ABM_EXPORT int name(int folder, const char* path, int flags, ...) {                                       \
    va_list list;                                                                                           \
    va_start(list, flags);                                                                                  \
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;                                  \
    va_end(list);                                                                                           \
    if (abm::generation::testing::fails((flags & O_CREAT) != 0)) return -1;                                 \
    static const auto real = abm::generation::testing::next<int (*)(int, const char*, int, mode_t)>(#name); \
    return real(folder, path, flags, mode);                                                                 \
  }

ABM_INTERPOSE_OPEN(open)
ABM_INTERPOSE_OPEN(open64)
ABM_INTERPOSE_OPENAT(openat)
ABM_INTERPOSE_OPENAT(openat64)
ABM_INTERPOSE(ssize_t, read, (int fd, void* data, size_t size), (fd, data, size), false, -1)
ABM_INTERPOSE(ssize_t, write, (int fd, const void* data, size_t size), (fd, data, size), true, -1)
ABM_INTERPOSE(int, fsync, (int fd), (fd), true, -1)
ABM_INTERPOSE(int, ftruncate, (int fd, off_t size) noexcept, (fd, size), true, -1)
ABM_INTERPOSE(int, mkdir, (const char* path, mode_t mode) noexcept, (path, mode), true, -1)
ABM_INTERPOSE(int, mkdirat, (int folder, const char* path, mode_t mode) noexcept, (folder, path, mode), true,
              -1)
ABM_INTERPOSE(int, linkat, (int a, const char* from, int b, const char* to, int flags) noexcept,
              (a, from, b, to, flags), true, -1)
ABM_INTERPOSE(int, rename, (const char* from, const char* to) noexcept, (from, to), true, -1)
ABM_INTERPOSE(int, renameat, (int a, const char* from, int b, const char* to) noexcept, (a, from, b, to),
              true, -1)
ABM_INTERPOSE(int, unlink, (const char* path) noexcept, (path), false, -1)
ABM_INTERPOSE(int, unlinkat, (int folder, const char* path, int flags) noexcept, (folder, path, flags), false,
              -1)
ABM_INTERPOSE(int, rmdir, (const char* path) noexcept, (path), false, -1)
ABM_INTERPOSE(int, flock, (int fd, int operation) noexcept, (fd, operation), false, -1)
ABM_INTERPOSE(int, fstat, (int fd, struct stat* info) noexcept, (fd, info), false, -1)
ABM_INTERPOSE(int, stat, (const char* path, struct stat* info) noexcept, (path, info), false, -1)
ABM_INTERPOSE(int, memfd_create, (const char* name, unsigned flags) noexcept, (name, flags), true, -1)
ABM_INTERPOSE(DIR*, opendir, (const char* path), (path), false, nullptr)
ABM_INTERPOSE(DIR*, fdopendir, (int fd), (fd), false, nullptr)
ABM_INTERPOSE(struct dirent*, readdir, (DIR * folder), (folder), false, nullptr)
// NOLINTEND
