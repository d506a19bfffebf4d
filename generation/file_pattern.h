// Files that a pattern of site.yaml names now (glob(7)), and what could not be looked at on the way.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace abm::generation {

struct PatternFiles {
  std::vector<std::string> files;  ///< absolute, normal, sorted; regular files, also through symlinks
  std::vector<Error> faults;       ///< "PATH: permission denied": a folder or file that might have matched
};

/// `*`, `?` and `[…]` within one folder's name; hidden names only if the pattern's part begins with a dot;
/// `\\` takes the next character literally. A relative pattern is below `folder` (absolute, taken literally).
/// Nothing there is no fault; something there that cannot be read, or a link to nothing, is one.
[[nodiscard]] PatternFiles files_of_pattern(const std::string& folder, const std::string& pattern);

/// The folder that holds, at any depth, all that the pattern can name: its parts before the first wildcard.
[[nodiscard]] std::string pattern_folder(const std::string& folder, const std::string& pattern);

/// Whether the pattern may name several files: then naming none is not always a mistake.
[[nodiscard]] bool has_wildcards(std::string_view pattern) noexcept;

}  // namespace abm::generation
