// What a page has: how many elements each slot's selector matches, and which framework will hydrate it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/framework/page_signs.h"
#include "rewrite/scan/charset.h"
#include "rules/program/program.h"

namespace abm::tools {

struct PageElements {
  /// By slot of the program. A match that could not be relied on (an edit of it would be skipped) counts,
  /// too.
  std::vector<uint32_t> of_slot;
  rewrite::PageSigns signs;
};
[[nodiscard]] PageElements look_at_page(std::string_view page, const rules::Program& program,
                                        rewrite::Charset charset);

/// "1 element", "2 elements", "no element".
[[nodiscard]] std::string elements_text(uint32_t count);

}  // namespace abm::tools
