#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/text.h"

namespace abm {

Error errno_error(std::string_view path, int error_number) {
  std::string reason = std::strerror(error_number);
  if (!reason.empty()) reason[0] = ascii_lower(reason[0]);
  return Error{fmt::format("{}: {}", path, reason)};
}

std::string path_for_people(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code code;
  const fs::path here = fs::current_path(code);
  if (path.empty() || code) return path;
  std::string relative = (here / path).lexically_normal().lexically_relative(here).string();
  return relative.empty() || relative.size() >= path.size() ? path : relative;
}

void Fd::reset() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  if (this != &other) {
    if (data_ != nullptr) ::munmap(data_, size_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

Mapping::~Mapping() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

Result<Mapping> Mapping::map(int fd, size_t size) {
  Mapping mapping;
  if (size == 0) return mapping;
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (data == MAP_FAILED) return errno_error("mmap", errno);
  mapping.data_ = data;
  mapping.size_ = size;
  return mapping;
}

Result<Fd> open_regular_file_at(int directory, const std::string& name) {
  if (name.find('\0') != name.npos)
    return Error{fmt::format("'{}': a path cannot contain NUL", name.c_str())};
  Fd fd(::openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) return errno_error(name, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return errno_error(name, errno);
  if (!S_ISREG(info.st_mode)) return Error{fmt::format("{}: not a regular file", name)};
  return fd;
}

Result<Fd> open_regular_file(const std::string& path) {
  return open_regular_file_at(AT_FDCWD, path);
}

Result<uint64_t> file_size(int fd, std::string_view path_for_error) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return errno_error(path_for_error, errno);
  return static_cast<uint64_t>(info.st_size);
}

Result<std::string> read_all(int fd, std::string_view path, size_t limit) {
  const auto too_large = [&] {
    return Error{fmt::format("{}: larger than the limit of {} bytes", path, limit)};
  };
  auto size = file_size(fd, path);
  if (!size) return size.error();
  if (*size > limit) return too_large();
  // One byte more than the size tells the end from a file that grows while it is read.
  std::string bytes(static_cast<size_t>(*size) + 1, '\0');
  size_t used = 0;
  for (;;) {
    if (used == bytes.size()) bytes.resize(used + 65536);
    const ssize_t n = ::read(fd, bytes.data() + used, bytes.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error(path, errno);
    if (n == 0) break;
    used += static_cast<size_t>(n);
    if (used > limit) return too_large();
  }
  bytes.resize(used);
  return bytes;
}

Result<std::string> read_file(const std::string& path, size_t limit) {
  auto fd = open_regular_file(path);
  if (!fd) return fd.error();
  return read_all(fd->get(), path, limit);
}

Result<Fd> create_memfd(const char* name, size_t size) {
  Fd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid()) return errno_error("memfd_create", errno);
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return errno_error("memfd", errno);
  return fd;
}

Result<void> seal_memfd(int fd, Shrinking shrinking) {
  const int shrink = shrinking == Shrinking::kSealed ? F_SEAL_SHRINK : 0;
  if (::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SEAL | shrink) != 0) {
    return errno_error("memfd seal", errno);
  }
  return {};
}

Result<Fd> sealed_copy(const char* name, std::string_view bytes) {
  auto fd = create_memfd(name, 0);
  if (!fd) return fd.error();
  if (auto written = write_all(fd->get(), bytes, "memfd"); !written) return written.error();
  if (auto sealed = seal_memfd(fd->get()); !sealed) return sealed.error();
  return fd;
}

Result<void> write_all(int fd, std::string_view bytes, std::string_view path_for_error) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error(path_for_error, errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

bool is_special_file(const std::string& path) noexcept {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

namespace {

Result<void> write_into(const std::string& path, std::string_view bytes) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid()) return errno_error(path, errno);
  return write_all(fd.get(), bytes, path);
}

}  // namespace

Result<void> write_file_atomically(const std::string& path, std::string_view bytes, mode_t mode) {
  if (is_special_file(path)) return write_into(path, bytes);
  const std::string temporary = fmt::format("{}.tmp-{}", path, ::getpid());
  const size_t slash = path.rfind('/');
  const std::string folder = slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const auto write = [&]() -> Result<void> {
    ::unlink(temporary.c_str());  // a leftover, or what somebody else put in the way
    Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!fd.valid()) return errno_error(temporary, errno);
    if (auto written = write_all(fd.get(), bytes, temporary); !written) return written;
    if (::fsync(fd.get()) != 0) return errno_error(temporary, errno);
    if (::rename(temporary.c_str(), path.c_str()) != 0) return errno_error(path, errno);
    return {};
  };
  if (auto written = write(); !written) {
    ::unlink(temporary.c_str());
    return written;
  }
  Fd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) return errno_error(folder, errno);
  return {};
}

namespace {

Result<void> refuse_mode(mode_t mode, std::string_view path) {
  if ((mode & (S_IWGRP | S_IWOTH)) == 0) return {};
  return Error{fmt::format("{}: group or others may write it (mode {:04o}); run chmod go-w on it", path,
                           mode & 07777)};
}

}  // namespace

Result<void> refuse_writable_by_others(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return errno_error(path, errno);
  return refuse_mode(info.st_mode, path);
}

Result<void> refuse_writable_by_others(int fd, std::string_view path_for_error) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return errno_error(path_for_error, errno);
  return refuse_mode(info.st_mode, path_for_error);
}

}  // namespace abm
