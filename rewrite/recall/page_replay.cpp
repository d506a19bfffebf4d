#include "rewrite/recall/page_replay.h"

#include <algorithm>

namespace abm::rewrite {

bool PageReplay::is_active(std::span<const uint32_t> slots) const noexcept {
  return std::ranges::any_of(slots,
                             [&](uint32_t slot) { return (active_[slot / 64] >> slot % 64 & 1) != 0; });
}

uint64_t PageReplay::tell_arrived(LocatorSink& sink) noexcept {
  const uint64_t end = page_.remembered_end();
  for (; next_event_ < log_.end_events() && log_.events()[next_event_].told_at <= end; ++next_event_)
    tell(log_.events()[next_event_], sink);
  const std::span<const PageLog::Construct> constructs = log_.constructs();
  // Their ends ascend. Hundreds pass at a time, and few of them need to be looked at.
  size_t step = 1;
  while (next_construct_ + step <= constructs.size() && constructs[next_construct_ + step - 1].end <= end) {
    next_construct_ += step;
    step *= 2;
  }
  const auto rest = constructs.subspan(next_construct_, std::min(step, constructs.size() - next_construct_));
  next_construct_ +=
      static_cast<size_t>(std::ranges::upper_bound(rest, end, {}, &PageLog::Construct::end) - rest.begin());
  const bool waits = next_construct_ != constructs.size() && constructs[next_construct_].begin < end;
  return waits ? page_.offset_of(constructs[next_construct_].begin) : page_.end();
}

void PageReplay::tell_end(LocatorSink& sink) noexcept {
  const std::span<const PageLog::Event> events = log_.events();
  for (; next_event_ < events.size(); ++next_event_) tell(events[next_event_], sink);
}

void PageReplay::give_up(LocatorSink& sink) noexcept {
  Ending ending;
  ending.content_end = ending.end = page_.end();
  ending.closed = false;
  while (awaited_count_ != 0) sink.ended(awaited_[--awaited_count_].record, ending);
}

ElementSpan PageReplay::arrived(ElementSpan span) const noexcept {
  for (uint64_t* offset : {&span.begin, &span.content_begin, &span.content_end, &span.end})
    *offset = page_.offset_of(*offset);
  return span;
}

Ending PageReplay::arrived(Ending ending) const noexcept {
  for (uint64_t* offset : {&ending.content_end, &ending.end, &ending.long_tag_end})
    *offset = page_.offset_of(*offset);
  return ending;
}

void PageReplay::tell(const PageLog::Event& event, LocatorSink& sink) noexcept {
  switch (event.kind) {
    case PageLog::Kind::kFound: {
      const PageLog::FoundElement& element = log_.found(event.index);
      const std::span<const uint32_t> slots = log_.slots_of(element);
      if (!is_active(slots)) return;
      const uint32_t record = sink.found({arrived(element.span), slots, element.place});
      if (record != kNoRecord && awaited_count_ != kMostAwaited)
        awaited_[awaited_count_++] = {event.index, told_, record};
      ++told_;
      return;
    }
    case PageLog::Kind::kEnded: {
      const PageLog::EndedElementOf& element = log_.ended(event.index);
      for (size_t i = awaited_count_; i-- > 0;) {
        if (awaited_[i].found != element.found) continue;
        const uint32_t record = awaited_[i].record;
        std::copy(awaited_.begin() + static_cast<ptrdiff_t>(i) + 1,
                  awaited_.begin() + static_cast<ptrdiff_t>(awaited_count_),
                  awaited_.begin() + static_cast<ptrdiff_t>(i));
        --awaited_count_;
        return sink.ended(record, arrived(element.ending));
      }
      return;
    }
    case PageLog::Kind::kDoubt: {
      const PageLog::UncertainSlots& doubt = log_.uncertain(event.index);
      const std::span<const uint32_t> slots = log_.slots_of(doubt);
      if (is_active(slots)) sink.uncertain(slots, page_.offset_of(doubt.offset), doubt.reason);
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
