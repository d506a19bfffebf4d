// Rules files → Ruleset: all errors of all files at once, nothing half-accepted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "rules/ast.h"
#include "rules/read/file_source.h"
#include "rules/read/load_options.h"

namespace abm::rules {

/// Loads, checks and lints `files` (sorted by name first). std::nullopt when `diagnostics` got an error.
[[nodiscard]] std::optional<Ruleset> load_rules(std::vector<std::string> files, FileSource& source,
                                                const LoadOptions& options, Diagnostics& diagnostics);

}  // namespace abm::rules
