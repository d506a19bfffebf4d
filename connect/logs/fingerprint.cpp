#include "connect/logs/fingerprint.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace abm::connect {
namespace {

constexpr uint64_t kLongestLine = 64 * 1024;

}  // namespace

std::string bytes_at(int fd, uint64_t offset, uint64_t size) {
  std::string bytes(size, '\0');
  size_t got = 0;
  while (got < size) {
    const ssize_t n = ::pread(fd, bytes.data() + got, size - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    got += static_cast<size_t>(n);
  }
  bytes.resize(got);
  return bytes;
}

std::optional<Place> place_at(int fd, uint64_t offset) {
  const uint64_t wanted = std::min(offset, kTailBytes);
  const std::string bytes = bytes_at(fd, offset - wanted, wanted);
  if (bytes.size() < wanted) return std::nullopt;
  return Place{offset, hash64(bytes)};
}

Head head_of(int fd, uint64_t file_size) {
  const std::string bytes = bytes_at(fd, 0, std::min(file_size, kHeadBytes));
  return {bytes.size(), hash64(bytes)};
}

bool begins_with(int fd, const Head& head) {
  const std::string bytes = bytes_at(fd, 0, head.size);
  return bytes.size() == head.size && hash64(bytes) == head.hash;
}

uint64_t line_start(int fd, uint64_t offset) {
  const uint64_t from = offset - std::min(offset, kLongestLine);
  const std::string bytes = bytes_at(fd, from, offset - from);
  const size_t newline = bytes.rfind('\n');
  if (newline != std::string::npos) return from + newline + 1;
  return from == 0 ? 0 : offset;
}

}  // namespace abm::connect
