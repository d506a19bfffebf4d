// Ruleset → rules.bin: flat, offset-only, versioned (FORMAT.md). The same ruleset gives the same bytes.
#pragma once

#include <string>

#include "base/result.h"
#include "rules/ast.h"

namespace abm::rules {

[[nodiscard]] Result<std::string> compile_rules(const Ruleset& ruleset);

}  // namespace abm::rules
