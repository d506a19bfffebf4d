// Preloaded into abmctl by kill_at.py: the process is killed instead of its n-th call that changes a disk, as
// by a loss of power between two writes.
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include <cstdlib>

namespace {

long calls_left() {
  const char* text = std::getenv("ABM_KILL_AT");
  return text == nullptr ? 0 : std::atol(text);
}

void count() {
  static long left = calls_left();
  if (left > 0 && __sync_sub_and_fetch(&left, 1) == 0) kill(getpid(), SIGKILL);
}

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

#define COUNTED(result, name, parameters, arguments)            \
  extern "C" result name parameters {                           \
    static const auto real = next<result(*) parameters>(#name); \
    count();                                                    \
    return real arguments;                                      \
  }

COUNTED(ssize_t, write, (int fd, const void* bytes, size_t size), (fd, bytes, size))
COUNTED(ssize_t, pwrite, (int fd, const void* bytes, size_t size, off_t at), (fd, bytes, size, at))
COUNTED(ssize_t, pwrite64, (int fd, const void* bytes, size_t size, off_t at), (fd, bytes, size, at))
COUNTED(int, fsync, (int fd), (fd))
COUNTED(int, fdatasync, (int fd), (fd))
COUNTED(int, ftruncate, (int fd, off_t size), (fd, size))
COUNTED(int, ftruncate64, (int fd, off_t size), (fd, size))
COUNTED(int, rename, (const char* from, const char* to), (from, to))
COUNTED(int, renameat, (int from_dir, const char* from, int to_dir, const char* to),
        (from_dir, from, to_dir, to))
COUNTED(int, linkat, (int from_dir, const char* from, int to_dir, const char* to, int flags),
        (from_dir, from, to_dir, to, flags))
COUNTED(int, unlink, (const char* path), (path))
COUNTED(int, unlinkat, (int dir, const char* path, int flags), (dir, path, flags))
COUNTED(int, mkdirat, (int dir, const char* path, mode_t mode), (dir, path, mode))
