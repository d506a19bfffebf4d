// How many elements of a page each slot's selector matches.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/scan/charset.h"
#include "rules/program/program.h"

namespace abm::tools {

/// By slot of the program. A match that could not be relied on (an edit of it would be skipped) counts, too.
[[nodiscard]] std::vector<uint32_t> count_elements(std::string_view page, const rules::Program& program,
                                                   rewrite::Charset charset);

/// "1 element", "2 elements", "no element".
[[nodiscard]] std::string elements_text(uint32_t count);

}  // namespace abm::tools
