// Ruleset → rules.bin: flat, offset-only, versioned (FORMAT.md). Same ruleset → same bytes.
#pragma once

#include <string>

#include "base/result.h"
#include "rules/ast.h"

namespace abm::rules {

[[nodiscard]] Result<std::string> compile_rules(const Ruleset& ruleset);

}  // namespace abm::rules
