// Held bytes, and output with its seams.
#include "rewrite/splice/output.h"

#include <algorithm>
#include <utility>

namespace abm::rewrite {

bool Window::reserve(size_t size) noexcept {
  if (size <= capacity_ - first_) return true;
  if (size <= capacity_ / 2) {
    std::memmove(held_.get(), held_.get() + first_, size_);
    first_ = 0;
    return true;
  }
  constexpr size_t kFirstCapacity = 1024;
  const size_t wanted = std::max(kFirstCapacity, std::max(size, 2 * capacity_));
  SourceArray<char> grown = get_array<char>(memory_, wanted);
  if (grown == nullptr) return false;
  if (size_ != 0) std::memcpy(grown.get(), held_.get() + first_, size_);
  held_ = std::move(grown);
  capacity_ = wanted;
  first_ = 0;
  return true;
}

bool Window::hold(size_t count) noexcept {
  if (count == 0) return true;
  if (!reserve(size_ + count)) return false;
  std::memcpy(held_.get() + first_ + size_, chunk_.data(), count);
  size_ += count;
  chunk_.remove_prefix(count);
  chunk_offset_ += count;
  return true;
}

bool Window::keep_from(uint64_t offset) noexcept {
  if (offset >= chunk_offset_) {
    const size_t skipped = static_cast<size_t>(offset - chunk_offset_);
    chunk_.remove_prefix(skipped);
    chunk_offset_ = offset;
    first_ = size_ = 0;
  } else {
    const size_t dropped = static_cast<size_t>(offset - held_offset());
    first_ += dropped;
    size_ -= dropped;
  }
  return hold(chunk_.size());
}

void Output::flush() noexcept {
  if (joined_size_ == 0) return;
  sink_->emit(joined_owner_, {joined_, joined_size_});
  bytes_out_ += joined_size_;
  joined_size_ = 0;
}

void Output::put(Owner owner, std::string_view bytes) noexcept {
  if (bytes.empty()) return;
  if (eats_newline_) {
    eats_newline_ = false;
    // A reference may stand for a line break, and one break too many is dropped.
    if (bytes.front() == '\n' || bytes.front() == '\r' || bytes.front() == '&') put(Owner::kEdit, "\n");
  }
  if (seam_) {
    const char next = bytes.front();
    if (last_ == '<' && (is_letter(next) || next == '/' || next == '!' || next == '?')) {
      static constexpr std::string_view kSeparator = "<!---->";
      flush();
      sink_->emit(Owner::kEdit, kSeparator);
      bytes_out_ += kSeparator.size();
    }
    seam_ = false;
  }
  last_ = bytes.back();
  if (owner == Owner::kInput || owner == Owner::kRemembered) {
    if (joined_size_ != 0 && joined_ + joined_size_ == bytes.data() && joined_owner_ == owner) {
      joined_size_ += bytes.size();
      return;
    }
    flush();
    joined_owner_ = owner;
    joined_ = bytes.data();
    joined_size_ = bytes.size();
    return;
  }
  flush();
  sink_->emit(owner, bytes);
  bytes_out_ += bytes.size();
}

void Output::page(uint64_t from, uint64_t to) noexcept {
  if (from < to && from == eater_end_) eats_newline_ = false;
  while (from < to) {
    const auto [owner, bytes] = window_.first_piece(from, to);
    put(owner, bytes);
    from += bytes.size();
  }
}

}  // namespace abm::rewrite
