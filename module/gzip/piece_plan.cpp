#include "module/gzip/piece_plan.h"

#include <algorithm>

#include "rewrite/recall/edit_places.h"

namespace abm::module {
namespace {

// Each cut costs about 5 bytes, a Huffman table, and what could be referred to before it. A slot's element
// that is small is compressed as a whole: with its edit where it has one.
constexpr uint32_t kSmall = 256;
constexpr uint32_t kMostMerged = 1024;
// Less than that beside a gap is compressed with it.
constexpr uint32_t kLeastBesideGap = 64;

std::vector<uint32_t> places_of(const rewrite::RememberedPage& page) {
  const auto size = static_cast<uint32_t>(page.bytes.size());
  std::vector<uint32_t> places = rewrite::edit_places(*page.log);
  places.push_back(0);
  places.push_back(size);
  for (const rewrite::PageGap& gap : page.gaps) {
    places.push_back(gap.begin);
    places.push_back(gap.end);
  }
  std::ranges::sort(places);
  places.erase(std::unique(places.begin(), places.end()), places.end());
  places.erase(std::ranges::upper_bound(places, size), places.end());
  return places;
}

}  // namespace

std::vector<PageRange> plan_pieces(const rewrite::RememberedPage& page) {
  const std::vector<uint32_t> places = places_of(page);
  std::vector<PageRange> pieces;
  auto gap = page.gaps.begin();
  bool small_before = false;  // the last piece has only small parts, and nothing but gaps stands behind it
  for (size_t i = 0; i + 1 < places.size(); ++i) {
    const PageRange part{places[i], places[i + 1]};
    bool behind_gap = false;
    for (; gap != page.gaps.end() && gap->end <= part.begin; ++gap) behind_gap |= gap->end == part.begin;
    if (gap != page.gaps.end() && gap->begin <= part.begin) continue;
    if (behind_gap && small_before) {
      if (pieces.back().end - pieces.back().begin < kLeastBesideGap) pieces.pop_back();
      small_before = false;
    }
    const uint32_t size = part.end - part.begin;
    if (size < kSmall && small_before && part.end - pieces.back().begin <= kMostMerged) {
      pieces.back().end = part.end;
    } else if (!behind_gap || size >= kLeastBesideGap) {
      pieces.push_back(part);
      small_before = size < kSmall;
    }
  }
  return pieces;
}

}  // namespace abm::module
