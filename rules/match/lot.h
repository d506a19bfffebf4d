// What an account drew, whatever page it comes to: the control group, a rule's holdout, a variant. No
// allocation.
#pragma once

#include <cstdint>
#include <string_view>

#include "accounts/snapshot.h"
#include "rules/program/program.h"

namespace abm::rules {

/// Whose lots `account` draws, for the functions below: its own id, or its family's where the program draws
/// by family. Valid as long as the account's view.
[[nodiscard]] std::string_view lot_owner(const Program& program,
                                         const accounts::AccountView& account) noexcept;

/// Whether `owner` is in the site's control group.
[[nodiscard]] bool in_control(const Program& program, std::string_view owner) noexcept;

/// Whether `owner` is in the rule's holdout. The control group takes precedence; ask in_control() first.
[[nodiscard]] bool held_out(const ProgramTables& tables, const format::Rule& rule,
                            std::string_view owner) noexcept;

/// The variant that `owner` sees, as an index within its rule, which must have variants:
/// shares by weight, in order.
[[nodiscard]] uint32_t pick_variant(const ProgramTables& tables, const format::Rule& rule,
                                    std::string_view owner) noexcept;

}  // namespace abm::rules
