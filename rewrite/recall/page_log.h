// What a scan of a page told of all slots of a selector set, and when: enough to tell it again without
// scanning.
//
//   page        <div class="hero"><p>One<p>Two</div> …
//   constructs  └──────┬─────────┘└┬┘   └┬┘   └─┬──┘     [begin, end): bytes that wait for one another
//   events        found │ at end   found │ ended, found    each with how many bytes had to be there
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rewrite/edit.h"
#include "rewrite/framework/element_place.h"
#include "rewrite/framework/page_signs.h"
#include "rewrite/tree/element_span.h"

namespace abm::rewrite {

class PageLog {
 public:
  /// Offsets and counts have 32 bits.
  static constexpr uint64_t kMaxPage = UINT32_MAX;

  enum class Kind : uint8_t { kFound, kEnded, kDoubt };
  struct Event {
    uint32_t told_at;  ///< bytes of the page without which it is not known
    uint32_t index;    ///< among those of its kind
    Kind kind;
  };
  struct FoundElement {
    ElementSpan span;  ///< as far as the start tag tells
    uint32_t first_slot, slot_count;
    ElementPlace place;
  };
  struct EndedElementOf {
    uint32_t found;  ///< index of the element
    Ending ending;
  };
  struct UncertainSlots {
    uint64_t offset;
    uint32_t first_slot, slot_count;
    Skip reason;
  };
  /// A tag, or a "<" that may yet open something: what has arrived of it waits for the rest.
  struct Construct {
    uint32_t begin;
    uint32_t end;  ///< with so many bytes of the page it waits no longer
  };

  [[nodiscard]] std::span<const Event> events() const noexcept { return events_; }
  /// Events before this one are told by scanning, the others by the page's end.
  [[nodiscard]] size_t end_events() const noexcept { return end_events_; }
  [[nodiscard]] const FoundElement& found(uint32_t index) const noexcept { return found_[index]; }
  [[nodiscard]] const EndedElementOf& ended(uint32_t index) const noexcept { return ended_[index]; }
  [[nodiscard]] const UncertainSlots& uncertain(uint32_t index) const noexcept { return uncertain_[index]; }
  template <typename Record>
  [[nodiscard]] std::span<const uint32_t> slots_of(const Record& record) const noexcept {
    return std::span(slots_).subspan(record.first_slot, record.slot_count);
  }
  [[nodiscard]] std::span<const Construct> constructs() const noexcept { return constructs_; }
  /// Of the whole page.
  [[nodiscard]] const PageSigns& signs() const noexcept { return signs_; }
  /// Whether a slot's element begins at the offset.
  [[nodiscard]] bool finds_at(uint64_t offset) const noexcept;
  /// Memory that it takes.
  [[nodiscard]] size_t bytes() const noexcept;

 private:
  friend class PageLearner;

  /// Gives back what was taken in advance.
  void trim() noexcept;

  std::vector<Event> events_;
  size_t end_events_ = 0;
  std::vector<FoundElement> found_;
  std::vector<EndedElementOf> ended_;
  std::vector<UncertainSlots> uncertain_;
  std::vector<uint32_t> slots_;
  std::vector<Construct> constructs_;
  PageSigns signs_;
};

}  // namespace abm::rewrite
