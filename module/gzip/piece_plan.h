// How a page is cut up to be compressed in pieces.
#pragma once

#include <cstdint>
#include <vector>

#include "rewrite/recall/remembered_page.h"

namespace abm::module {

/// Bytes [begin, end) of a page.
struct PageRange {
  uint32_t begin, end;
  bool operator==(const PageRange&) const = default;
};

/// The parts of a page that stay together whatever is edited, ascending; what is in none of them changes with
/// each request, or is too small to be worth it. Small neighbours are one. Throws std::bad_alloc.
[[nodiscard]] std::vector<PageRange> plan_pieces(const rewrite::RememberedPage& page);

}  // namespace abm::module
