// `rewrite:`: what a rule does to each slot; every combination checked.
#pragma once

#include <optional>
#include <vector>

#include "rules/ast.h"
#include "rules/read/checker.h"
#include "rules/read/fragments.h"
#include "rules/read/markup_findings.h"
#include "rules/read/slots.h"
#include "rules/read/values.h"

namespace abm::rules {

/// What a site's files share while rules are being read. Pointers are never null.
struct EditContext {
  SlotTable* slots = nullptr;
  FragmentStore* fragments = nullptr;
  const ValueCheck* values = nullptr;
  std::vector<InlineFinding>* findings = nullptr;
};

/// Ascending by slot. std::nullopt after any error inside.
[[nodiscard]] std::optional<std::vector<SlotRewrite>> read_rewrite(Checker& check, const yaml::Node& node,
                                                                   const EditContext& context);

/// Whether any of its templates or fragments uses account.name.
[[nodiscard]] bool names_account(const SlotRewrite& rewrite) noexcept;

}  // namespace abm::rules
