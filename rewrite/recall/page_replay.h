// Tells a remembered page's events again, to a sink that has edits for some of its slots.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "rewrite/recall/arrived_page.h"
#include "rewrite/select/locator.h"

namespace abm::rewrite {

/// Most elements whose end a sink may wait for.
inline constexpr size_t kMostAwaited = 256;

class PageReplay {
 public:
  /// `active`: a bit for each slot that the sink looks for. Log, page and bits outlive the replay.
  PageReplay(const PageLog& log, const ArrivedPage& page, std::span<const uint64_t> active) noexcept
      : log_(log), page_(page), active_(active) {}

  /// Tells what a scan tells that has been given what of the page has arrived. Returns how many bytes of it
  /// it has finished.
  uint64_t tell_arrived(LocatorSink& sink) noexcept;
  /// Tells what the page's end tells, after all of the page.
  void tell_end(LocatorSink& sink) noexcept;
  /// Ends what was told of and has not ended, as not closed: the page is told no further, nor scanned.
  void give_up(LocatorSink& sink) noexcept;

  /// Of the remembered page.
  [[nodiscard]] const PageSigns& signs() const noexcept { return log_.signs(); }
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
  /// With the offsets that they have in the page that arrives.
  [[nodiscard]] ElementSpan arrived(ElementSpan span) const noexcept;
  [[nodiscard]] Ending arrived(Ending ending) const noexcept;

  const PageLog& log_;
  const ArrivedPage& page_;
  std::span<const uint64_t> active_;
  size_t next_event_ = 0, next_construct_ = 0;
  uint32_t told_ = 0;  // elements
  size_t awaited_count_ = 0;
  std::array<Awaited, kMostAwaited> awaited_;
};

}  // namespace abm::rewrite
