#include "measure/visits/log_lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "measure/visits/visit_line.h"

namespace abm::measure {
namespace {

constexpr size_t kBlock = 1 << 20;
constexpr size_t kRawBlock = 256 << 10;
constexpr unsigned char kGzipMagic[] = {0x1f, 0x8b};
constexpr int kGzipWindow = 15 + 16;  // zlib: the largest window, with gzip's header and trailer

}  // namespace

/// gzip members one after the other, as in rotated and appended logs.
struct LogReader::Inflate {
  z_stream stream{};
  std::vector<char> raw = std::vector<char>(kRawBlock);
  bool in_member = false;
};

void LogReader::End::operator()(Inflate* inflate) const noexcept {
  inflateEnd(&inflate->stream);
  delete inflate;
}

Result<LogReader> LogReader::open(const std::string& path) {
  const std::string name = path == "-" ? "standard input" : path;
  Fd fd(path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return errno_error(name, errno);
  return of(std::move(fd), name, 0);
}

Result<LogReader> LogReader::of(Fd fd, const std::string& path, uint64_t from) {
  LogReader reader;
  reader.path_ = path;
  reader.fd_ = std::move(fd);
  struct stat status {};
  if (::fstat(reader.fd_.get(), &status) != 0) return errno_error(path, errno);
  if (S_ISDIR(status.st_mode)) return Error{fmt::format("{}: is a folder, not a log", path)};
  if (S_ISREG(status.st_mode)) {
    reader.size_ = static_cast<uint64_t>(status.st_size);
    reader.modified_ms_ = int64_t{status.st_mtim.tv_sec} * 1000;
  }
  if (from == 0) return reader;
  if (::lseek(reader.fd_.get(), static_cast<off_t>(from), SEEK_SET) < 0) return errno_error(path, errno);
  reader.bytes_read_ = reader.line_end_ = from;
  reader.started_ = true;  // bytes within a log are never the start of a compressed one
  return reader;
}

Result<size_t> LogReader::read_raw(char* to, size_t size) {
  for (;;) {
    const ssize_t got = ::read(fd_.get(), to, size);
    if (got >= 0) {
      bytes_read_ += static_cast<uint64_t>(got);
      return static_cast<size_t>(got);
    }
    if (errno != EINTR) return errno_error(path_, errno);
  }
}

Result<size_t> LogReader::read_inflated(char* to, size_t size) {
  z_stream& stream = inflate_->stream;
  stream.next_out = reinterpret_cast<Bytef*>(to);
  stream.avail_out = static_cast<uInt>(size);
  while (stream.avail_out == size) {
    if (stream.avail_in == 0) {
      const auto got = read_raw(inflate_->raw.data(), inflate_->raw.size());
      if (!got) return got.error();
      if (*got == 0) {
        damaged_ = inflate_->in_member;
        if (damaged_) return Error{fmt::format("{}: the gzip data is cut off", path_)};
        return size_t{0};
      }
      stream.next_in = reinterpret_cast<Bytef*>(inflate_->raw.data());
      stream.avail_in = static_cast<uInt>(*got);
    }
    inflate_->in_member = true;
    const int code = inflate(&stream, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      inflate_->in_member = false;
      inflateReset(&stream);
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      damaged_ = true;
      return Error{
          fmt::format("{}: the gzip data is damaged at byte {}", path_, bytes_read_ - stream.avail_in)};
    }
  }
  return size - stream.avail_out;
}

/// Room for one block after end_, and for what the parser reads beyond that.
void LogReader::make_room() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() < end_ + kBlock + kReadAhead) {
    buffer_.resize(end_ + kBlock + kReadAhead);
  }
}

Result<bool> LogReader::fill() {
  if (ended_) return false;
  make_room();
  char* const to = buffer_.data() + end_;
  if (inflate_ == nullptr) {
    auto got = read_raw(to, kBlock);
    if (!got) return got.error();
    if (!started_ && *got >= sizeof kGzipMagic && std::memcmp(to, kGzipMagic, sizeof kGzipMagic) == 0) {
      inflate_.reset(new Inflate);
      if (inflateInit2(&inflate_->stream, kGzipWindow) != Z_OK)
        return Error{fmt::format("{}: no memory", path_)};
      inflate_->raw.assign(to, to + *got);
      inflate_->stream.next_in = reinterpret_cast<Bytef*>(inflate_->raw.data());
      inflate_->stream.avail_in = static_cast<uInt>(*got);
    } else {
      started_ = true;
      end_ += *got;
      ended_ = *got == 0;
      return !ended_;
    }
  }
  started_ = true;
  const auto got = read_inflated(to, kBlock);
  if (!got) {
    ended_ = true;
    return got.error();
  }
  end_ += *got;
  ended_ = *got == 0;
  return !ended_;
}

Result<bool> LogReader::next(Line& line) {
  for (;;) {
    const char* const start = buffer_.data() + begin_ + searched_;
    const size_t unsearched = end_ - begin_ - searched_;
    const auto* newline =
        unsearched == 0 ? nullptr : static_cast<const char*>(std::memchr(start, '\n', unsearched));
    if (newline != nullptr) {
      const size_t size = static_cast<size_t>(newline - (buffer_.data() + begin_));
      const size_t from = begin_;
      begin_ += size + 1;
      line_end_ += size + 1;
      searched_ = 0;
      if (std::exchange(skipping_, false)) continue;
      ++line_number_;
      line = {{buffer_.data() + from, size}, buffer_.size() - from - size, size > kMaxLineBytes, false};
      return true;
    }
    searched_ = end_ - begin_;
    if (searched_ > kMaxLineBytes) {
      const size_t from = begin_;
      begin_ = end_;
      const size_t size = std::exchange(searched_, 0);
      line_end_ += size;
      if (std::exchange(skipping_, true)) continue;
      ++line_number_;
      line = {{buffer_.data() + from, size}, 0, true, false};
      return true;
    }
    const auto more = fill();
    if (!more) return more.error();
    if (*more) continue;
    if (begin_ == end_ || skipping_) return false;
    ++line_number_;
    line = {{buffer_.data() + begin_, end_ - begin_}, 0, false, true};
    begin_ = end_;
    searched_ = 0;
    return true;
  }
}

}  // namespace abm::measure
