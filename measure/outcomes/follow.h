// Opportunities, counted for the accounts that they belong to.
#pragma once

#include <cstdint>
#include <vector>

#include "connect/import/opportunity.h"
#include "measure/outcomes/outcome_account.h"

namespace abm::measure {

inline constexpr int64_t kDayMs = 86'400'000;

/// Whether the clock of `account` ran when `opportunity` was created, and its window had not ended.
[[nodiscard]] bool counts(const OutcomeAccount& account, const connect::Opportunity& opportunity) noexcept;
/// Won or lost by `as_of_ms`; a day on which that is said to happen later has not come yet.
[[nodiscard]] bool is_closed(const connect::Opportunity& opportunity, int64_t as_of_ms) noexcept;

/// Fills everything below the clock, of accounts that have account, arm and since_ms. `window_days` at least
/// 1.
void follow(std::vector<OutcomeAccount>& accounts, const connect::OpportunitySet& set, uint32_t window_days);

}  // namespace abm::measure
