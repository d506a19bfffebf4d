// A unified diff of two texts by lines, as `diff -u` prints it.
#pragma once

#include <string>
#include <string_view>

namespace abm::tools {

/// "" when the texts are equal. Three lines of context. `color` adds ANSI escapes. Shortest edit script
/// (Myers 1986) up to `kMaxDiffSteps` differing lines; beyond, everything between the first and last
/// difference counts as replaced.
inline constexpr int kMaxDiffSteps = 2000;
[[nodiscard]] std::string unified_diff(std::string_view old_name, std::string_view old_text,
                                       std::string_view new_name, std::string_view new_text,
                                       bool color = false);

}  // namespace abm::tools
