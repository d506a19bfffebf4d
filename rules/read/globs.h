// What is wrong with a path glob as a marketer wrote it; glob_match.h defines what globs mean.
#pragma once

#include <string>
#include <string_view>

namespace abm::rules {

/// Why no normalized URI could ever match `glob`, or "" if it is well formed. The text
/// completes "path 'GLOB' …".
[[nodiscard]] std::string glob_fault(std::string_view glob);

/// Whether some path could match both well-formed globs. False is certain; true may be wrong for "/**/".
[[nodiscard]] bool globs_overlap(std::string_view a, std::string_view b);

}  // namespace abm::rules
