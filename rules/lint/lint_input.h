// What every lint of a site's rules is given, and how it warns.
#pragma once

#include <memory>
#include <string>
#include <string_view>
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

/// The file of a place. Without errors every file was parsed, so the indexes agree.
[[nodiscard]] const RulesFile& file_of(const LintInput& input, SourceRef at) noexcept;

/// A warning about a place in a rules file. `silenced`: the codes that do not count there.
void warn(const LintInput& input, Diagnostics& diagnostics, SourceRef at, std::string_view code,
          const std::vector<std::string>& silenced, std::string message);

}  // namespace abm::rules
