// What the splicing half writes to: input bytes by offset (held ones first, then those of the current chunk),
// inserted bytes, and the seams between them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/memory.h"
#include "rewrite/recall/arrived_page.h"
#include "rewrite/scan/bytes.h"
#include "rewrite/sink.h"

namespace abm::rewrite {

/// The bytes of the page that are still there: copies of those held from earlier chunks, then the current
/// chunk. A tag always lies whole in one of the two. Or, while the page is told from memory: all that has
/// arrived of it.
class Window {
 public:
  explicit Window(MemorySource memory) noexcept : memory_(memory) {}

  /// From here on the window is the page's, nullptr: held bytes and chunk, which are empty and at its begin.
  void set_arrived(const ArrivedPage* page) noexcept { arrived_ = page; }

  void set_chunk(std::string_view chunk, uint64_t offset) noexcept {
    chunk_ = chunk;
    chunk_offset_ = offset;
  }
  /// Appends the first `count` bytes of the chunk to the held ones. False: no memory, nothing changed.
  [[nodiscard]] bool hold(size_t count) noexcept;
  /// Drops held bytes before `offset`, then holds all of the chunk from there on. False: no memory.
  [[nodiscard]] bool keep_from(uint64_t offset) noexcept;

  [[nodiscard]] size_t held() const noexcept { return size_; }
  [[nodiscard]] uint64_t end() const noexcept {
    return arrived_ != nullptr ? arrived_->end() : chunk_offset_ + chunk_.size();
  }
  [[nodiscard]] uint64_t chunk_offset() const noexcept { return chunk_offset_; }
  [[nodiscard]] std::string_view chunk() const noexcept { return chunk_; }
  /// Held bytes from `offset` on.
  [[nodiscard]] std::string_view held_from(uint64_t offset) const noexcept {
    return {held_.get() + first_ + (offset - held_offset()), static_cast<size_t>(chunk_offset_ - offset)};
  }
  /// `size` bytes that lie in one piece.
  [[nodiscard]] std::string_view piece(uint64_t offset, size_t size) const noexcept {
    return {first_piece(offset, offset + size).bytes.data(), size};
  }
  struct Piece {
    Owner owner;
    std::string_view bytes;
  };
  /// Of [from, to), which is not empty, as much from its begin on as lies in one piece.
  [[nodiscard]] Piece first_piece(uint64_t from, uint64_t to) const noexcept {
    if (arrived_ != nullptr) {
      const ArrivedPage::Piece piece = arrived_->piece(from, to);
      return {piece.remembered ? Owner::kRemembered : Owner::kScratch, piece.bytes};
    }
    if (from < chunk_offset_) {
      const auto size = static_cast<size_t>(std::min(to, chunk_offset_) - from);
      return {Owner::kScratch, held_from(from).substr(0, size)};
    }
    return {Owner::kInput, chunk_.substr(from - chunk_offset_, static_cast<size_t>(to - from))};
  }

 private:
  [[nodiscard]] uint64_t held_offset() const noexcept { return chunk_offset_ - size_; }
  [[nodiscard]] bool reserve(size_t size) noexcept;

  MemorySource memory_;
  SourceArray<char> held_;
  size_t capacity_ = 0;
  size_t first_ = 0;  // held bytes start here in the buffer
  size_t size_ = 0;
  std::string_view chunk_;
  uint64_t chunk_offset_ = 0;
  const ArrivedPage* arrived_ = nullptr;
};

/// Joins adjacent input pieces, counts bytes, and keeps seams from making markup: where a "<" would be
/// followed by inserted or later bytes that turn it into a tag, an empty comment goes between them.
class Output {
 public:
  explicit Output(Window& window) noexcept : window_(window) {}

  void use(Sink* sink) noexcept { sink_ = sink; }
  [[nodiscard]] uint64_t bytes_out() const noexcept { return bytes_out_; }

  /// The page's bytes [from, to).
  void page(uint64_t from, uint64_t to) noexcept;
  /// Bytes of an edit inside a tag: no seam.
  void raw(std::string_view bytes) noexcept { put(Owner::kEdit, bytes); }
  /// Markup of an edit.
  void markup(std::string_view bytes) noexcept {
    seam();
    put(Owner::kEdit, bytes);
    seam();
  }
  /// The page's bytes up to `offset` have left, and end with a start tag that drops one line break behind it
  /// (HTML 13.2.6.4.7). Where anything but the page's next bytes comes now, and may begin with a line break,
  /// another one is written first.
  void behind_newline_eater(uint64_t offset) noexcept {
    eats_newline_ = true;
    eater_end_ = offset;
  }
  /// What comes next does not follow what came last in the original page.
  void seam() noexcept { seam_ = true; }
  void applied(uint32_t edit) noexcept {
    flush();
    sink_->applied(edit);
  }
  /// Passes on what is joined so far. To be called before a chunk or the sink goes away.
  void flush() noexcept;

 private:
  void put(Owner owner, std::string_view bytes) noexcept;

  Window& window_;
  Sink* sink_ = nullptr;
  const char* joined_ = nullptr;
  size_t joined_size_ = 0;
  Owner joined_owner_ = Owner::kInput;
  uint64_t bytes_out_ = 0;
  char last_ = '\0';
  bool seam_ = false;
  bool eats_newline_ = false;
  uint64_t eater_end_ = 0;
};

}  // namespace abm::rewrite
