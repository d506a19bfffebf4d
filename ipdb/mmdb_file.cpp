#include "ipdb/mmdb_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace abm::ipdb {
namespace {

bool is_sealed(int fd) {
  constexpr int kNeeded = F_SEAL_WRITE | F_SEAL_SHRINK;
  const int seals = ::fcntl(fd, F_GET_SEALS);
  return seals >= 0 && (seals & kNeeded) == kNeeded;
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
  // write() reports an input that shrinks meanwhile as an error, where reading the mapping would end the
  // process.
  return sealed_copy("ipdb.mmdb", source->bytes());
}

Result<void> MmdbHandle::open(int fd) {
  // libmaxminddb opens by name only; /proc gives the sealed memory one.
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

}  // namespace abm::ipdb
