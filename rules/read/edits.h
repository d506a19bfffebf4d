// `rewrite:`: what a rule does to each slot; every combination checked.
#pragma once

#include <optional>
#include <vector>

#include "rules/ast.h"
#include "rules/read/checker.h"
#include "rules/read/edit_context.h"

namespace abm::rules {

/// Ascending by slot. std::nullopt after any error inside.
[[nodiscard]] std::optional<std::vector<SlotRewrite>> read_rewrite(Checker& check, const yaml::Node& node,
                                                                   const EditContext& context);

/// Whether any of its templates or fragments uses account.name.
[[nodiscard]] bool names_account(const SlotRewrite& rewrite) noexcept;

}  // namespace abm::rules
