// Warnings about rules that are correct but probably not what was meant. Never errors.
#pragma once

#include "rules/lint/lint_input.h"

namespace abm::rules {

void lint_rules(const LintInput& input, Diagnostics& diagnostics);

}  // namespace abm::rules
