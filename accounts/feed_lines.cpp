#include "accounts/feed_lines.h"

#include <algorithm>
#include <cstring>

namespace abm::accounts {
namespace {

constexpr size_t kWindowBytes = 256u << 10;
constexpr size_t kLineEndBytes = 2;  // CR and LF

size_t find_newline(const char* from, size_t size) noexcept {
  const void* const at = std::memchr(from, '\n', size);
  return at == nullptr ? size : static_cast<size_t>(static_cast<const char*>(at) - from);
}

}  // namespace

FeedLines::FeedLines(FeedSource& source, size_t max_line_bytes)
    : source_(source), max_line_bytes_(max_line_bytes), window_(kWindowBytes + kReadableBehindLine) {}

bool FeedLines::next(std::string_view& line) {
  size_t searched = 0;  // bytes of the line that hold no newline
  for (;;) {
    const size_t rest = end_ - begin_ - searched;
    searched += find_newline(&window_[begin_ + searched], rest);
    if (searched < end_ - begin_) break;
    if (searched >= max_line_bytes_ + kLineEndBytes) {
      line = cut_long_line();
      ++number_;
      return !error_.has_value();
    }
    if (refill() != 0) continue;
    if (error_.has_value() || searched == 0) return false;
    break;  // the last line, without a newline
  }
  line = {&window_[begin_], searched};
  begin_ = std::min(begin_ + searched + 1, end_);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  length_ = line.size();
  ++number_;
  return true;
}

/// Reads more behind what is there, which moves to the front of the window; that grows when it is full. 0:
/// the end, or an error.
size_t FeedLines::refill() {
  std::memmove(window_.data(), window_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ + kReadableBehindLine == window_.size()) window_.resize(2 * window_.size());
  const auto got = source_.read(&window_[end_], window_.size() - kReadableBehindLine - end_);
  if (!got) {
    error_ = got.error();
    return 0;
  }
  end_ += *got;
  read_ += *got;
  return *got;
}

/// Keeps the line's beginning at the front of the window, and reads over the rest of it until the line ends.
std::string_view FeedLines::cut_long_line() {
  const size_t kept = max_line_bytes_;
  length_ = end_ - begin_;
  char last = window_[end_ - 1];
  std::memmove(window_.data(), window_.data() + begin_, kept);
  begin_ = end_ = kept;
  for (size_t piece = 0, got = 0; piece == got;) {
    const auto more = source_.read(&window_[kept], window_.size() - kReadableBehindLine - kept);
    if (!more) error_ = more.error();
    if (!more || *more == 0) break;
    got = *more;
    read_ += got;
    piece = find_newline(&window_[kept], got);
    length_ += piece;
    if (piece != 0) last = window_[kept + piece - 1];
    if (piece < got) begin_ = kept + piece + 1;
    end_ = piece < got ? kept + got : kept;
  }
  if (last == '\r') --length_;
  return {window_.data(), kept};
}

}  // namespace abm::accounts
