// The files that a site's patterns name now: its rules and its tests.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "generation/manifest.h"
#include "generation/site.h"

namespace abm::generation {

inline constexpr std::string_view kDefaultTests = "rules.test.yaml";

struct RulesFiles {
  std::vector<std::string>
      files;             ///< sorted, without duplicates; relative to `site.folder`, absolute if outside
  NamedCounts patterns;  ///< by pattern as written: how many files it matched
};

/// A pattern without wildcards that names no file is an error, one with them a warning; but an error if it
/// matched files before (`before`: the patterns of the generation that serves, nullptr for none). A folder or
/// file that cannot be looked at is an error in any case: what is not seen must not pass for what is not
/// there.
[[nodiscard]] RulesFiles rules_files(const Site& site, Diagnostics& diagnostics,
                                     const NamedCounts* before = nullptr);

/// The site's tests, absolute, sorted, without duplicates: those that `tests:` names, or else rules.test.yaml
/// beside site.yaml if there is one. A pattern of `tests:` that names no file is an error.
[[nodiscard]] std::vector<std::string> tests_files(const Site& site, Diagnostics& diagnostics);

}  // namespace abm::generation
