// Opportunities, counted for the accounts that they belong to.
#pragma once

#include <cstdint>
#include <vector>

#include "connect/import/opportunity.h"
#include "measure/outcomes/outcome_account.h"

namespace abm::measure {

inline constexpr int64_t kMsPerDay = 86'400'000;

/// Days from one moment to a later one, with their fraction.
[[nodiscard]] inline double days_between(int64_t from_ms, int64_t to_ms) noexcept {
  return static_cast<double>(to_ms - from_ms) / static_cast<double>(kMsPerDay);
}

/// Whether the clock of `account` ran when `opportunity` was created, and its window had not ended.
[[nodiscard]] bool counts(const OutcomeAccount& account, const connect::Opportunity& opportunity) noexcept;
/// Won or lost by `as_of_ms`; a day on which that is said to happen later has not come yet.
[[nodiscard]] bool is_closed(const connect::Opportunity& opportunity, int64_t as_of_ms) noexcept;

/// Fills everything below the clock, of accounts that have account, arm and since_ms. `window_days` at least
/// 1.
void follow(std::vector<OutcomeAccount>& accounts, const connect::OpportunitySet& set, uint32_t window_days);

}  // namespace abm::measure
