// Warnings about rules that are correct but probably not what was meant. Never errors.
#pragma once

#include <memory>
#include <vector>

#include "rules/ast.h"
#include "rules/read/checker.h"
#include "rules/read/fragments.h"
#include "rules/read/load_options.h"
#include "rules/read/slots.h"

namespace abm::rules {

/// A site loaded without errors. Pointers are never null; Ruleset::slots is still in `slots`.
struct LintInput {
  const Ruleset* ruleset = nullptr;
  const std::vector<std::unique_ptr<RulesFile>>* files = nullptr;
  const SlotTable* slots = nullptr;
  const FragmentStore* fragments = nullptr;
  const std::vector<InlineFinding>* findings = nullptr;
  const LoadOptions* options = nullptr;
};

void lint_rules(const LintInput& input, Diagnostics& diagnostics);

}  // namespace abm::rules
