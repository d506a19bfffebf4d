// What has arrived of a page that is told from memory: remembered bytes, and between them the changing ones
// as they came.
//
//   remembered   …<p>Served at │09:41:07│</p>…          gap [begin, end), up to the "<"
//   arrived      …<p>Served at │17:03:22.5│</p>…        kept here, all else is the memory's
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/memory.h"
#include "rewrite/recall/remembered_page.h"

namespace abm::rewrite {

class ArrivedPage {
 public:
  /// A gap that has begun to arrive. Its offsets are those of the arriving page; its bytes are kept.
  struct Passed {
    uint64_t begin, end;
    size_t kept_at;
  };
  /// Most changing bytes that one gap, and all of them, may have; a page with more parts from its memory.
  static constexpr size_t kMostInGap = 4096, kMostInGaps = 65536;

  /// `passed` has a place for each of the page's gaps. Page and places outlive this.
  ArrivedPage(const RememberedPage& page, size_t max_tag, std::span<Passed> passed,
              MemorySource memory) noexcept
      : page_(page), max_tag_(max_tag), passed_(passed), memory_(memory) {}

  /// Takes the page's next bytes, if they are what is remembered. False: nothing has changed.
  [[nodiscard]] bool take(std::string_view chunk) noexcept;

  /// Bytes that have arrived.
  [[nodiscard]] uint64_t end() const noexcept { return end_; }
  /// What they come to in the remembered page; within a gap that is the gap's begin.
  [[nodiscard]] uint64_t remembered_end() const noexcept { return remembered_end_; }
  [[nodiscard]] bool whole() const noexcept { return remembered_end_ == page_.bytes.size() && !in_gap_; }
  /// Where in the arriving page an offset of the remembered one is, up to remembered_end().
  [[nodiscard]] uint64_t offset_of(uint64_t remembered) const noexcept;

  struct Piece {
    std::string_view bytes;
    bool remembered;  ///< not of a gap
  };
  /// The longest piece that lies together and begins at `from`, up to `to`. Valid until the next take().
  [[nodiscard]] Piece piece(uint64_t from, uint64_t to) const noexcept;

 private:
  [[nodiscard]] bool match(std::string_view chunk) noexcept;
  [[nodiscard]] bool keep(std::string_view bytes) noexcept;
  [[nodiscard]] bool fits_tag(const PageGap& gap) const noexcept;

  const RememberedPage& page_;
  size_t max_tag_;
  std::span<Passed> passed_;
  MemorySource memory_;
  SourceArray<char> kept_;
  size_t kept_size_ = 0, kept_capacity_ = 0;
  size_t passed_count_ = 0;  // the last one is open where in_gap_
  bool in_gap_ = false;
  uint64_t end_ = 0, remembered_end_ = 0;
};

}  // namespace abm::rewrite
