#include "rewrite/recall/page_log.h"

#include <algorithm>

namespace abm::rewrite {
namespace {

template <typename T>
size_t bytes_of(const std::vector<T>& items) noexcept {
  return items.capacity() * sizeof(T);
}

}  // namespace

bool PageLog::finds_at(uint64_t offset) const noexcept {
  const auto found = std::ranges::lower_bound(found_, offset, {},
                                              [](const FoundElement& element) { return element.span.begin; });
  return found != found_.end() && found->span.begin == offset;
}

void PageLog::trim() noexcept {
  events_.shrink_to_fit();
  found_.shrink_to_fit();
  ended_.shrink_to_fit();
  uncertain_.shrink_to_fit();
  slots_.shrink_to_fit();
  constructs_.shrink_to_fit();
}

size_t PageLog::bytes() const noexcept {
  return bytes_of(events_) + bytes_of(found_) + bytes_of(ended_) + bytes_of(uncertain_) + bytes_of(slots_) +
         bytes_of(constructs_);
}

}  // namespace abm::rewrite
