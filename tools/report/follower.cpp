#include "tools/report/follower.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "tools/report/visit_line.h"

namespace abm::report {
namespace {

constexpr size_t kBlock = 64 << 10;

}  // namespace

Result<bool> Follower::open_named() {
  Fd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == ENOENT) return false;  // between a rename and the log's new beginning
    return errno_error(path_, errno);
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return errno_error(path_, errno);
  if (!S_ISREG(status.st_mode)) return Error{path_ + ": is no regular file, and cannot be followed"};
  if (fd_.valid() && status.st_dev == device_ && status.st_ino == inode_) {
    if (static_cast<uint64_t>(status.st_size) >= offset_) return false;
    fd_.reset();  // shorter than what was read: it was emptied
  }
  fd_ = std::move(fd);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  offset_ = 0;
  buffer_.clear();
  begin_ = 0;
  skipping_ = false;
  return true;
}

Result<void> Follower::skip_to_end() {
  const auto opened = open_named();
  if (!opened) return opened.error();
  if (!*opened) return {};
  const off_t end = ::lseek(fd_.get(), 0, SEEK_END);
  if (end < 0) return errno_error(path_, errno);
  offset_ = static_cast<uint64_t>(end);
  // The end may be within a line; a visit line's tail alone would be taken for a damaged one, which is left
  // out too.
  return {};
}

Result<bool> Follower::read_more() {
  if (!fd_.valid()) return false;
  buffer_.erase(0, begin_);
  begin_ = 0;
  const size_t size = buffer_.size();
  buffer_.resize(size + kBlock);
  ssize_t got = 0;
  do got = ::pread(fd_.get(), buffer_.data() + size, kBlock, static_cast<off_t>(offset_));
  while (got < 0 && errno == EINTR);
  buffer_.resize(size + static_cast<size_t>(got > 0 ? got : 0));
  if (got < 0) return errno_error(path_, errno);
  offset_ += static_cast<uint64_t>(got);
  return got > 0;
}

Result<bool> Follower::next(std::string_view& line) {
  for (;;) {
    const size_t newline = buffer_.find('\n', begin_);
    if (newline != std::string::npos) {
      line = std::string_view(buffer_).substr(begin_, newline - begin_);
      begin_ = newline + 1;
      if (std::exchange(skipping_, false) || line.size() > kMaxLineBytes) continue;
      return true;
    }
    if (buffer_.size() - begin_ > kMaxLineBytes) {
      skipping_ = true;
      begin_ = buffer_.size();
    }
    const auto more = read_more();
    if (!more) return more.error();
    if (*more) continue;
    const auto opened = open_named();
    if (!opened) return opened.error();
    if (!*opened) return false;
  }
}

}  // namespace abm::report
