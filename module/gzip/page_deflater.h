// Compresses a page's constant parts, in slices, so that nobody waits for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "module/gzip/deflated_page.h"
#include "module/gzip/piece_plan.h"
#include "module/gzip/raw_deflate.h"

namespace abm::module {

class PageDeflater {
 public:
  /// `page` and its bytes outlive this. `level`: gzip_comp_level, 1 to 9. Throws std::bad_alloc.
  PageDeflater(const rewrite::RememberedPage& page, int level, std::shared_ptr<MemoryBudget> budget);

  /// What the budget has to have left, at most, for all of it.
  [[nodiscard]] static size_t memory(size_t page) noexcept;

  enum class State : uint8_t {
    kWorking,
    kDone,
    kRefused,  ///< no memory
  };
  /// Compresses at most `bytes` more. Throws std::bad_alloc.
  State advance(size_t bytes);

  /// After kDone.
  [[nodiscard]] const GzipSizes& sizes() const noexcept { return sizes_; }
  /// Once, after kDone. Throws std::bad_alloc.
  [[nodiscard]] std::shared_ptr<const DeflatedPage> take();

 private:
  State measure(size_t bytes);
  State compress(size_t bytes);
  State finish() noexcept;
  void begin_segment();

  const rewrite::RememberedPage& page_;
  Charge working_memory_;  // of stream_
  RawDeflate stream_;
  std::vector<PageRange> pieces_;
  std::vector<DeflatedSegment> segments_;
  PageBytes data_;
  GzipSizes sizes_;
  size_t measured_ = 0;
  size_t piece_ = 0;   // the one that is compressed
  uint32_t done_ = 0;  // offset in the page up to which it is, in that piece
  State state_ = State::kWorking;
  bool measuring_ = true;
};

}  // namespace abm::module
