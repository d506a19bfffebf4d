#include "base/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace abm {
namespace {

constexpr int kReadFile = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;

/// -1 with errno as from openat2: ELOOP for a link, EXDEV for a way out.
int open_by_kernel(int folder, const std::string& path) noexcept {
  open_how how{};
  how.flags = static_cast<uint64_t>(kReadFile);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: something was renamed during the look-up, so the kernel cannot vouch for the result.
  constexpr int kTries = 100;
  for (int tries = 1;; ++tries) {
    const long fd = ::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how);
    if (fd >= 0 || (errno != EINTR && errno != EAGAIN) || tries == kTries) return static_cast<int>(fd);
  }
}

int open_by_steps(int folder, const std::string& path) noexcept {
  Fd at;
  for (size_t begin = 0;;) {
    const size_t slash = path.find('/', begin);
    const std::string name = path.substr(begin, slash == path.npos ? path.npos : slash - begin);
    if (name.empty() || name == "." || name == "..") {
      errno = EXDEV;
      return -1;
    }
    const int parent = at.valid() ? at.get() : folder;
    if (slash == path.npos) return ::openat(parent, name.c_str(), kReadFile);
    Fd next(::openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.valid()) {
      // With O_DIRECTORY a link is "not a directory".
      struct stat info {};
      const int why = errno;
      const bool link = why == ENOTDIR && ::fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
                        S_ISLNK(info.st_mode);
      errno = link ? ELOOP : why;
      return -1;
    }
    at = std::move(next);
    begin = slash + 1;
  }
}

Error plain_error(int number) {
  if (number == ELOOP)
    return Error{"a symlink leads to it, and none is followed here: put the file itself there"};
  if (number == EXDEV) return Error{"it leads out of its folder"};
  if (number == ENOENT) return Error{"no such file"};
  if (number == ENXIO) return Error{"not a regular file"};  // a socket
  std::string reason = std::strerror(number);
  if (!reason.empty()) reason[0] = ascii_lower(reason[0]);
  return Error{std::move(reason)};
}

}  // namespace

Result<Fd> open_folder(const std::string& path) {
  if (path.find('\0') != path.npos) return Error{"a path cannot contain NUL"};
  Fd fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return errno_error(path, errno);
  return fd;
}

Result<Fd> open_beneath(int folder, const std::string& path, BeneathLookup lookup) {
  if (path.find('\0') != path.npos) return Error{"a path cannot contain NUL"};
  Fd fd;
  int fault = ENOSYS;
  if (lookup == BeneathLookup::kKernel) {
    fd = Fd(open_by_kernel(folder, path));
    fault = errno;
  }
  // Sandboxes return EPERM for system calls they do not know.
  if (!fd.valid() && (fault == ENOSYS || fault == EPERM)) {
    fd = Fd(open_by_steps(folder, path));
    fault = errno;
  }
  if (!fd.valid()) return plain_error(fault);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return plain_error(errno);
  if (!S_ISREG(info.st_mode)) return Error{"not a regular file"};
  return fd;
}

}  // namespace abm
