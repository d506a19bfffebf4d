// Files as this project handles them: owned descriptors, bounded reads, sealed
// in-memory copies, atomic writes.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace abm {

/// An owned file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~Fd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
  void reset() noexcept;

 private:
  int fd_ = -1;
};

/// An owned read-only memory mapping. Empty for an empty file. Move-only; its bytes
/// stay put until destruction.
class Mapping {
 public:
  Mapping() = default;
  Mapping(Mapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();

  [[nodiscard]] static Result<Mapping> map(int fd, size_t size);
  [[nodiscard]] std::string_view bytes() const noexcept { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  size_t size_ = 0;
};

/// Opens for reading, close-on-exec, without blocking on FIFOs; regular files only.
[[nodiscard]] Result<Fd> open_regular_file(const std::string& path);
/// Same, relative to a directory descriptor (openat).
[[nodiscard]] Result<Fd> open_regular_file_at(int directory, const std::string& name);
[[nodiscard]] Result<uint64_t> file_size(int fd, std::string_view path_for_error);

/// The whole file; refuses one larger than `limit` bytes.
[[nodiscard]] Result<std::string> read_file(const std::string& path, size_t limit);
/// The same for a descriptor, from its current position to the end.
[[nodiscard]] Result<std::string> read_all(int fd, std::string_view path_for_error, size_t limit);

/// A memfd of `size` bytes, writable until sealed.
[[nodiscard]] Result<Fd> create_memfd(const char* name, size_t size);
enum class Shrinking : uint8_t {
  kSealed,       ///< F_SEAL_SHRINK too: nobody can change anything any more
  kLeftToOwner,  ///< the holder of a writable descriptor can still truncate it, to free it in slices
};
/// F_SEAL_WRITE | GROW | SEAL: from here on nobody, including this process, can change the bytes.
[[nodiscard]] Result<void> seal_memfd(int fd, Shrinking shrinking = Shrinking::kSealed);
/// The bytes as a sealed, mapped copy (used by generations built in memory).
[[nodiscard]] Result<Fd> sealed_copy(const char* name, std::string_view bytes);

/// A device, a pipe or a socket stands at `path`, perhaps behind a link: to be written to, not replaced.
[[nodiscard]] bool is_special_file(const std::string& path) noexcept;
/// Writes all of `bytes` to `fd`, resuming after short writes and EINTR.
[[nodiscard]] Result<void> write_all(int fd, std::string_view bytes, std::string_view path_for_error);
/// Writes `path`.tmp-PID, fsyncs file and folder, and renames it into place; on
/// failure nothing is left behind. A special file is written to: `-o /dev/null` must leave the device where
/// it is. For what people ask for, such as reports: the umask counts. What others
/// read of us is written by replace_file (base/new_file.h).
[[nodiscard]] Result<void> write_file_atomically(const std::string& path, std::string_view bytes,
                                                 mode_t mode = 0644);

/// Refuses a file or folder that its group or others may write (any user may own it: the agent that publishes
/// need not be the one that serves). The message names the path and the remedy.
[[nodiscard]] Result<void> refuse_writable_by_others(const std::string& path);
/// The same for an open file or folder, so that what was checked is what is read.
[[nodiscard]] Result<void> refuse_writable_by_others(int fd, std::string_view path_for_error);

/// `path` as messages show it: relative to the working directory if that is shorter.
[[nodiscard]] std::string path_for_people(const std::string& path);

/// "PATH: no such file or directory" from errno.
[[nodiscard]] Error errno_error(std::string_view path, int error_number);

}  // namespace abm
