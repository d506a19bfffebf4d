// What an account drew, whatever page it comes to: the control group, a rule's holdout, a variant. No
// allocation.
#pragma once

#include <cstdint>
#include <string_view>

#include "rules/program/program.h"

namespace abm::rules {

/// Whether `account` (an id) is in the site's control group.
[[nodiscard]] bool in_control(const Program& program, std::string_view account) noexcept;

/// Whether `account` is in the rule's holdout. The control group takes precedence; ask in_control() first.
[[nodiscard]] bool held_out(const ProgramTables& tables, const format::Rule& rule,
                            std::string_view account) noexcept;

/// The variant that `account` sees, as an index within its rule, which must have variants:
/// shares by weight, in order.
[[nodiscard]] uint32_t pick_variant(const ProgramTables& tables, const format::Rule& rule,
                                    std::string_view account) noexcept;

}  // namespace abm::rules
