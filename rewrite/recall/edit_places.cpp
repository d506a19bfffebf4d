#include "rewrite/recall/edit_places.h"

#include <algorithm>

namespace abm::rewrite {

std::vector<uint32_t> edit_places(const PageLog& log) {
  std::vector<uint32_t> places;
  places.reserve(2 * log.events().size());
  const auto add = [&](uint64_t begin, uint64_t end) {
    places.push_back(static_cast<uint32_t>(begin));
    places.push_back(static_cast<uint32_t>(end));
  };
  for (const PageLog::Event& event : log.events()) {
    if (event.kind == PageLog::Kind::kFound) {
      const ElementSpan& span = log.found(event.index).span;
      add(span.begin, span.content_begin);
    } else if (event.kind == PageLog::Kind::kEnded) {
      const Ending& ending = log.ended(event.index).ending;
      add(ending.content_end, ending.end);
    }
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

}  // namespace abm::rewrite
