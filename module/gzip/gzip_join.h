// One answer as one gzip member (RFC 1952), of blocks that were compressed before and such that are
// compressed now.
//
//   output    …head…│<a class="cta">Book a demo</a>│…body…
//   member    header│segments of a piece│ text     │segments …│ 03 00 │CRC-32│size
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/memory.h"
#include "module/gzip/deflated_answer.h"
#include "module/gzip/deflated_page.h"
#include "module/gzip/raw_deflate.h"
#include "module/gzip/text_deflater.h"
#include "rewrite/sink.h"

namespace abm::module {

/// A segment stands for the page's bytes wherever these leave in one run from the begin of its piece on, as
/// it may refer to all of the piece before it. Everything else is compressed.
class GzipJoin {
 public:
  /// `out` gets blocks of the page as kRemembered, all else as kScratch. `texts` may be nullptr: then what it
  /// is for leaves uncompressed. `level`: 1 to 9. All of them outlive this.
  GzipJoin(rewrite::Sink& out, MemorySource memory, TextDeflater* texts, int level) noexcept
      : out_(out), memory_(memory), texts_(texts), level_(level) {}

  /// Before the first byte, what is known: bytes that lie in `page` have their blocks in `pieces`, unless
  /// that is nullptr; and the answer probably is the one that `answer` has, unless that is nullptr.
  void set_page(std::string_view page, const DeflatedPage* pieces, const DeflatedAnswer* answer) noexcept {
    page_ = page;
    deflated_ = pieces;
    answer_ = answer;
  }
  /// From here on nothing is known: all is compressed as one stream, at the level.
  void leave_page() noexcept;

  /// The answer's next bytes. `lasting`: they may come again in other answers. Bytes of the page are borrowed
  /// until flush(), finish() or leave_page().
  void write(std::string_view bytes, bool lasting) noexcept;
  /// All that was written leaves.
  void flush() noexcept;
  void finish() noexcept;

  [[nodiscard]] bool left_page() const noexcept { return left_page_; }
  /// Bytes of the answer that left as blocks from before, and all.
  [[nodiscard]] uint64_t bytes_reused() const noexcept { return reused_; }
  [[nodiscard]] uint64_t bytes() const noexcept { return size_; }

 private:
  void begin() noexcept;
  void write_part(std::string_view bytes, bool lasting) noexcept;
  [[nodiscard]] bool follow(std::string_view& bytes) noexcept;
  void leave_answer() noexcept;
  [[nodiscard]] uint32_t left_of_answer() const noexcept;
  void emit_block(std::string_view blocks, const DeflatedSegment& segment) noexcept;
  void take_segments() noexcept;
  [[nodiscard]] size_t first_segment_behind(uint32_t offset) const noexcept;
  void add_page_text(uint32_t end) noexcept;
  void end_run() noexcept;
  void add_text(std::string_view text, bool lasting) noexcept;
  void end_text() noexcept;
  void compress(std::string_view bytes, int flush) noexcept;
  void store(std::string_view bytes) noexcept;
  void add_crc(std::string_view bytes) noexcept;

  rewrite::Sink& out_;
  MemorySource memory_;
  TextDeflater* texts_;
  int level_;
  std::string_view page_;
  const DeflatedPage* deflated_ = nullptr;
  const DeflatedAnswer* answer_ = nullptr;  // as long as what is written is what it has
  size_t answer_part_ = 0;                  // of its script
  uint32_t in_answer_part_ = 0;             // what was written of that
  uint32_t followed_ = 0;                   // what was written of the answer
  size_t answer_segment_ = 0;               // the first one that has not left
  // The run of the page's bytes that is being written, [run_begin_, run_end_): up to done_ it has left, or is
  // text.
  uint32_t run_begin_ = 0, run_end_ = 0, done_ = 0;
  size_t segment_ = 0;  // the first one that ends behind done_
  SourceArray<char> text_;
  size_t text_size_ = 0;
  bool text_lasting_ = true;
  RawDeflate stream_;  // behind the page
  uint32_t crc_ = 0;
  uint64_t size_ = 0, reused_ = 0;
  bool begun_ = false, left_page_ = false;
};

}  // namespace abm::module
