// Rules files → Ruleset: reports all errors of all files at once, accepts all or nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "rules/ast.h"
#include "rules/read/file_source.h"
#include "rules/read/load_options.h"

namespace abm::rules {

/// Loads, checks and lints `files` (sorted by name first). std::nullopt if `diagnostics` got an error.
[[nodiscard]] std::optional<Ruleset> load_rules(std::vector<std::string> files, FileSource& source,
                                                const LoadOptions& options, Diagnostics& diagnostics);

}  // namespace abm::rules
