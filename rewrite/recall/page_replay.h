// Tells a remembered page's events again, to a sink that has edits for some of its slots.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "rewrite/recall/page_log.h"

namespace abm::rewrite {

/// Most elements whose end a sink may wait for.
inline constexpr size_t kMostAwaited = 256;

class PageReplay {
 public:
  /// `active`: a bit for each slot that the sink looks for. Page and bits outlive the replay.
  PageReplay(const RememberedPage& page, std::span<const uint64_t> active) noexcept
      : page_(page), active_(active) {}

  [[nodiscard]] std::string_view bytes() const noexcept { return page_.bytes; }
  /// Whether the page's bytes at `offset` are these.
  [[nodiscard]] bool has(std::string_view chunk, uint64_t offset) const noexcept;
  /// Tells what a scan tells that has been given the page's first `offset` bytes (not fewer than in the call
  /// before). Returns how many of them it has finished.
  uint64_t tell_to(uint64_t offset, LocatorSink& sink) noexcept;
  /// Tells what the page's end tells, after all of the page.
  void tell_end(LocatorSink& sink) noexcept;

  /// What the sink returned for the ordinal-th element that it was told of (from 0); kNoRecord once it has
  /// been told of the end.
  [[nodiscard]] uint32_t record_of(uint32_t ordinal) const noexcept;

 private:
  struct Awaited {
    uint32_t found;    // index in the log
    uint32_t ordinal;  // among those that were told
    uint32_t record;
  };

  [[nodiscard]] bool is_active(std::span<const uint32_t> slots) const noexcept;
  void tell(const PageLog::Event& event, LocatorSink& sink) noexcept;

  const RememberedPage& page_;
  std::span<const uint64_t> active_;
  size_t next_event_ = 0, next_construct_ = 0;
  uint32_t told_ = 0;  // elements
  size_t awaited_count_ = 0;
  std::array<Awaited, kMostAwaited> awaited_;
};

}  // namespace abm::rewrite
