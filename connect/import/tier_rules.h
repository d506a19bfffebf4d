// `tiers:` of site.yaml: which tier an account has where no source says.
#pragma once

#include <optional>
#include <span>

#include "accounts/account.h"
#include "generation/account_sources.h"

namespace abm::connect {

/// Whether the condition, which is about the account alone, holds for it.
[[nodiscard]] bool holds_for(const rules::Condition& condition, const accounts::Account& account);

/// Of the first rule that holds.
[[nodiscard]] std::optional<accounts::Tier> tier_by_rules(std::span<const generation::TierRule> rules,
                                                          const accounts::Account& account);

}  // namespace abm::connect
