#include "accounts/feed_lines.h"

#include <algorithm>
#include <cstring>

namespace abm::accounts {
namespace {

constexpr size_t kLineEndBytes = 2;  // CR and LF

size_t find_newline(const char* from, size_t size) noexcept {
  const void* const at = std::memchr(from, '\n', size);
  return at == nullptr ? size : static_cast<size_t>(static_cast<const char*>(at) - from);
}

}  // namespace

FeedLines::FeedLines(FeedSource& source, size_t max_line_bytes, size_t block_bytes)
    : source_(source), max_line_bytes_(max_line_bytes), block_bytes_(block_bytes) {}

bool FeedLines::next(FeedBlock& block) {
  block.lines.clear();
  block.first_number = number_ + 1;
  std::vector<char>& text = block.text;
  size_t limit = make_room(text, rest_.size());
  std::copy(rest_.begin(), rest_.end(), text.begin());
  size_t begin = 0;  // of the current line
  size_t searched = 0, end = rest_.size();
  rest_.clear();
  for (;;) {
    while (!ended_ && end < limit) end += read(&text[end], limit - end);
    while ((searched += find_newline(&text[searched], end - searched)) < end) {
      add_line(block, begin, searched - begin);
      begin = ++searched;
    }
    if (!block.lines.empty() || ended_) break;
    if (end >= max_line_bytes_ + kLineEndBytes) {
      cut_long_line(block, end);
      begin = end;
      break;
    }
    limit = make_room(text, end);
  }
  if (ended_ && !error_.has_value() && begin < end) {
    add_line(block, begin, end - begin);
    begin = end;
  }
  if (!ended_) rest_.insert(rest_.end(), &text[begin], &text[end]);
  block.consumed = read_ - rest_.size();
  return !block.lines.empty();
}

/// Makes room for one block's worth after what is already there; returns where that ends. A block that once
/// held a long line is not filled up: many small lines make many accounts.
size_t FeedLines::make_room(std::vector<char>& text, size_t there) const {
  const size_t limit = there + block_bytes_;
  if (text.size() < limit + kReadableBehindLine) text.resize(limit + kReadableBehindLine);
  return limit;
}

/// 0: end of the feed, or an error.
size_t FeedLines::read(char* to, size_t size) {
  const auto got = source_.read(to, size);
  if (!got) error_ = got.error();
  ended_ = !got || *got == 0;
  if (ended_) return 0;
  read_ += *got;
  return *got;
}

void FeedLines::add_line(FeedBlock& block, size_t begin, size_t size) {
  if (size > 0 && block.text[begin + size - 1] == '\r') --size;
  block.lines.push_back({.begin = begin, .size = size, .length = size});
  ++number_;
}

/// The first `end` bytes of the block belong to one line. Keeps the beginning and skips the rest.
void FeedLines::cut_long_line(FeedBlock& block, size_t end) {
  const size_t kept = max_line_bytes_;
  const size_t room = make_room(block.text, kept) - kept;
  char* const behind = &block.text[kept];
  size_t length = end;
  char last = block.text[end - 1];
  for (size_t got = 0, piece = 0; piece == got;) {
    got = read(behind, room);
    if (got == 0) break;
    piece = find_newline(behind, got);
    length += piece;
    if (piece != 0) last = behind[piece - 1];
    if (piece < got) rest_.assign(behind + piece + 1, behind + got);
  }
  if (error_.has_value()) return;
  block.lines.push_back({.size = kept, .length = length - (last == '\r' ? 1 : 0)});
  ++number_;
}

}  // namespace abm::accounts
