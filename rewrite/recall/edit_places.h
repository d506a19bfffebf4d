// Where edits can change a remembered page.
#pragma once

#include <cstdint>
#include <vector>

#include "rewrite/recall/page_log.h"

namespace abm::rewrite {

/// Offsets, ascending, each once: begin and end of the slots' elements and of what is in them. Whatever an
/// edit does to one of its slots, the page's bytes between two neighbouring offsets stay together or leave
/// together. Throws std::bad_alloc.
[[nodiscard]] std::vector<uint32_t> edit_places(const PageLog& log);

}  // namespace abm::rewrite
