// What is wrong with a path glob as a marketer wrote it; what globs mean is glob_match.h's business.
#pragma once

#include <string>
#include <string_view>

namespace abm::rules {

/// Why no normalized URI could ever match `glob`, or "" when it is well formed. The text completes "path
/// 'GLOB' …".
[[nodiscard]] std::string glob_fault(std::string_view glob);

/// Whether some path could match both well-formed globs. False is certain; "/**/" is taken a little too
/// widely.
[[nodiscard]] bool globs_overlap(std::string_view a, std::string_view b);

}  // namespace abm::rules
