// Scans a page for all slots and keeps what the scan tells: in slices, so that nobody waits for a long page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "rewrite/recall/remembered_page.h"
#include "rewrite/select/locator.h"

namespace abm::rewrite {

class PageLearner final : private LocatorSink {
 public:
  /// `page` is complete, and outlives the learner. `options`: as scan_options() gives them for the rewriter
  /// that is to recall the page, for all slots; the head element is learned whatever they say. `max_bytes`:
  /// of the log.
  PageLearner(std::string_view page, const LocatorOptions& options, size_t max_bytes);
  PageLearner(const PageLearner&) = delete;
  PageLearner& operator=(const PageLearner&) = delete;

  enum class State : uint8_t { kLearning, kLearned, kRefused };
  /// Scans some `bytes` more; the last call takes longer by what ends at the page's end.
  State advance(size_t bytes);
  /// Once, after kLearned.
  [[nodiscard]] std::shared_ptr<const PageLog> take() {
    return std::make_shared<const PageLog>(std::move(log_));
  }
  [[nodiscard]] size_t log_bytes() const noexcept { return log_.bytes(); }
  /// After kRefused: why, for people.
  [[nodiscard]] std::string_view refusal() const noexcept { return refusal_; }

 private:
  uint32_t found(const Found& element) noexcept override;
  void ended(uint32_t record, const Ending& ending) noexcept override;
  void uncertain(std::span<const uint32_t> slots, uint64_t offset, Skip reason) noexcept override;

  void step();
  [[nodiscard]] size_t next_step() noexcept;
  State refuse(std::string_view why) noexcept;
  State finish();
  template <typename Tell>
  void tell(Tell tell_it) noexcept;
  uint32_t keep_slots(std::span<const uint32_t> slots);

  std::string_view page_;
  size_t max_bytes_;
  std::vector<uint64_t> storage_;
  Locator locator_;
  PageLog log_;
  uint64_t given_ = 0;    // bytes that the scan has been given
  uint64_t scanned_ = 0;  // of which it has finished so many
  State state_ = State::kLearning;
  std::string_view refusal_;
  bool out_of_memory_ = false;
};

}  // namespace abm::rewrite
