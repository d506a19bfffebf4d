// `attributes:` of a slot: names and values checked against what they mean on the elements the slot selects.
#pragma once

#include <optional>
#include <vector>

#include "rules/ast.h"
#include "rules/read/checker.h"
#include "rules/read/edit_context.h"

namespace abm::rules {

/// Reads `node` into `out` (attributes, unsafe, guarded). `unsafe`: the slot's own `unsafe:
/// true`. False after an error.
[[nodiscard]] bool read_attributes(Checker& check, const yaml::Node& node, const EditContext& context,
                                   std::optional<uint32_t> slot, bool unsafe, SlotRewrite& out);

}  // namespace abm::rules
