#include "rewrite/recall/page_replay.h"

#include <algorithm>
#include <cstring>

namespace abm::rewrite {

bool PageReplay::has(std::string_view chunk, uint64_t offset) const noexcept {
  const std::string_view page = page_.bytes;
  return chunk.size() <= page.size() - offset &&
         std::memcmp(page.data() + offset, chunk.data(), chunk.size()) == 0;
}

bool PageReplay::is_active(std::span<const uint32_t> slots) const noexcept {
  return std::ranges::any_of(slots,
                             [&](uint32_t slot) { return (active_[slot / 64] >> slot % 64 & 1) != 0; });
}

uint64_t PageReplay::tell_to(uint64_t offset, LocatorSink& sink) noexcept {
  const PageLog& log = page_.log;
  for (; next_event_ < log.end_events() && log.events()[next_event_].told_at <= offset; ++next_event_)
    tell(log.events()[next_event_], sink);
  const std::span<const PageLog::Construct> constructs = log.constructs();
  while (next_construct_ < constructs.size() && constructs[next_construct_].end <= offset) ++next_construct_;
  if (next_construct_ == constructs.size()) return offset;
  return std::min<uint64_t>(offset, constructs[next_construct_].begin);
}

void PageReplay::tell_end(LocatorSink& sink) noexcept {
  const std::span<const PageLog::Event> events = page_.log.events();
  for (; next_event_ < events.size(); ++next_event_) tell(events[next_event_], sink);
}

void PageReplay::tell(const PageLog::Event& event, LocatorSink& sink) noexcept {
  const PageLog& log = page_.log;
  switch (event.kind) {
    case PageLog::Kind::kFound: {
      const PageLog::FoundElement& element = log.found(event.index);
      const std::span<const uint32_t> slots = log.slots_of(element);
      if (!is_active(slots)) return;
      const uint32_t record = sink.found({element.span, slots});
      if (record != kNoRecord && awaited_count_ != kMostAwaited)
        awaited_[awaited_count_++] = {event.index, told_, record};
      ++told_;
      return;
    }
    case PageLog::Kind::kEnded: {
      const PageLog::EndedElementOf& element = log.ended(event.index);
      for (size_t i = awaited_count_; i-- > 0;) {
        if (awaited_[i].found != element.found) continue;
        const uint32_t record = awaited_[i].record;
        std::copy(awaited_.begin() + static_cast<ptrdiff_t>(i) + 1,
                  awaited_.begin() + static_cast<ptrdiff_t>(awaited_count_),
                  awaited_.begin() + static_cast<ptrdiff_t>(i));
        --awaited_count_;
        return sink.ended(record, element.ending);
      }
      return;
    }
    case PageLog::Kind::kDoubt: {
      const PageLog::UncertainSlots& doubt = log.uncertain(event.index);
      const std::span<const uint32_t> slots = log.slots_of(doubt);
      if (is_active(slots)) sink.uncertain(slots, doubt.offset, doubt.reason);
      return;
    }
  }
}

uint32_t PageReplay::record_of(uint32_t ordinal) const noexcept {
  for (size_t i = awaited_count_; i-- > 0;) {
    if (awaited_[i].ordinal == ordinal) return awaited_[i].record;
  }
  return kNoRecord;
}

}  // namespace abm::rewrite
