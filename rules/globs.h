// The syntax of path globs: `*` within a segment, `**` across.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace abm::rules {

inline constexpr size_t kMaxGlobBytes = 1024;
inline constexpr size_t kMaxGlobStars = 8;  ///< runs of stars: bounds the work of one match

/// Why no normalized URI could ever match `glob`, or "" when it is well formed. The text completes "path
/// 'GLOB' …".
[[nodiscard]] std::string glob_fault(std::string_view glob);

}  // namespace abm::rules
