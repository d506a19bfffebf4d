#include "ipdb/mmdb_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace abm::ipdb {
namespace {

/// Whether what `fd` names can no longer change for anyone who uses `fd`. The owner may keep the right to
/// shrink it after use: then `fd` itself is read-only.
bool is_sealed(int fd) {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_WRITE) == 0) return false;
  return (seals & F_SEAL_SHRINK) != 0 || (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY;
}

}  // namespace

Result<Fd> sealed_mmdb(int fd) {
  if (is_sealed(fd)) {
    Fd own(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!own.valid()) return errno_error("index", errno);
    return own;
  }
  const auto size = file_size(fd, "index");
  if (!size) return size.error();
  const auto source = Mapping::map(fd, *size);
  if (!source) return source.error();
  // write() reports an input that shrinks meanwhile as an error, whereas reading the
  // mapping would kill the process.
  return sealed_copy("ipdb.mmdb", source->bytes());
}

Result<void> MmdbHandle::open(int fd) {
  // libmaxminddb only opens by name; /proc gives the sealed memory one.
  const std::string path = fmt::format("/proc/self/fd/{}", fd);
  if (::access(path.c_str(), R_OK) != 0) {
    return Error{fmt::format("{}: cannot be read (is /proc mounted?); the file cannot be opened", path)};
  }
  if (const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &db_); status != MMDB_SUCCESS) {
    return Error{fmt::format("libmaxminddb: {}; the file is refused", MMDB_strerror(status))};
  }
  open_ = true;
  return {};
}

bool MmdbHandle::release(size_t most) noexcept {
  if (!open_ || db_.file_size <= 0) return true;
  const auto* content = reinterpret_cast<const char*>(db_.file_content);
  return release_pages({content, static_cast<size_t>(db_.file_size)}, released_, most);
}

bool release_pages(std::string_view mapped, size_t& released, size_t most) noexcept {
  constexpr size_t kPage = 4096;
  const size_t left = mapped.size() - released;
  const size_t piece = most < left ? std::min(most / kPage * kPage + kPage, left) : left;
  // If the advice is refused, unmapping does all the work.
  ::madvise(const_cast<char*>(mapped.data()) + released, piece, MADV_DONTNEED);
  released += piece;
  return released == mapped.size();
}

}  // namespace abm::ipdb
