// What counts. An account's clock starts when it is assigned to an arm; only what comes after that can be an
// effect of the arm. So an opportunity from before is context, whatever became of it since. The window is as
// long for every account, so that those that came early do not have more time to be successful.
#include "measure/outcomes/follow.h"

#include <algorithm>
#include <span>

namespace abm::measure {
namespace {

using connect::DealState;
using connect::DealType;
using connect::Opportunity;

bool in_window(const OutcomeAccount& account, const Opportunity& opportunity) noexcept {
  return opportunity.created_ms >= account.since_ms && opportunity.created_ms < account.until_ms;
}

void keep_least(std::optional<double>& least, double value) noexcept {
  if (!least.has_value() || value < *least) least = value;
}

/// A renewal is due whether or not anybody did anything, so one that was open at the clock is followed, too.
void add_renewal(OutcomeAccount& account, const Opportunity& renewal, int64_t as_of_ms) noexcept {
  const bool closed = is_closed(renewal, as_of_ms);
  const bool was_open =
      renewal.created_ms < account.since_ms &&
      (!closed || (renewal.closed_ms.has_value() && *renewal.closed_ms >= account.since_ms));
  if (!was_open && !in_window(account, renewal)) return;
  ++account.renewals;
  if (!closed) return;
  const bool won = renewal.state == DealState::kWon;
  ++(won ? account.renewed : account.churned);
  (won ? account.renewed_amount : account.churned_amount) += renewal.amount.value_or(0);
}

void add_earlier(OutcomeAccount& account, const Opportunity& opportunity, int64_t window_ms) noexcept {
  const double amount = opportunity.amount.value_or(0);
  ++account.before;
  account.amount_before += amount;
  // Their number: what an open one is worth today may be what personalization made of it.
  if (opportunity.created_ms >= account.since_ms - window_ms) ++account.opened_before;
  const bool is_day = opportunity.created_ms % kMsPerDay == 0;
  if (is_day && opportunity.created_ms / kMsPerDay == account.since_ms / kMsPerDay) ++account.same_day;
}

void add_counted(OutcomeAccount& account, const Opportunity& opportunity, int64_t as_of_ms) noexcept {
  const double amount = opportunity.amount.value_or(0);
  ++account.opportunities;
  account.amount += amount;
  if (!opportunity.amount.has_value()) ++account.without_amount;
  if (opportunity.type == DealType::kExpansion) {
    ++account.expansions;
    account.expansion_amount += amount;
  }
  keep_least(account.days_to_opportunity, days_between(account.since_ms, opportunity.created_ms));
  if (!is_closed(opportunity, as_of_ms)) return;
  if (opportunity.state == DealState::kLost) {
    ++account.lost;
    return;
  }
  ++account.won;
  account.won_amount += amount;
  if (opportunity.closed_ms.has_value()) {
    keep_least(account.days_to_won, days_between(account.since_ms, *opportunity.closed_ms));
  } else {
    keep_least(account.days_to_undated_won, days_between(account.since_ms, opportunity.created_ms));
  }
}

}  // namespace

bool counts(const OutcomeAccount& account, const Opportunity& opportunity) noexcept {
  return opportunity.type != DealType::kRenewal && in_window(account, opportunity);
}

bool is_closed(const Opportunity& opportunity, int64_t as_of_ms) noexcept {
  return opportunity.state != DealState::kOpen && opportunity.closed_ms.value_or(as_of_ms) <= as_of_ms;
}

void follow(std::vector<OutcomeAccount>& accounts, const connect::OpportunitySet& set, uint32_t window_days) {
  const int64_t window_ms = window_days * kMsPerDay;
  for (OutcomeAccount& account : accounts) {
    account.until_ms = account.since_ms + window_ms;
    account.window_over = account.until_ms <= set.as_of_ms;
  }
  const auto by_id = accounts_by_id(std::span(accounts));
  for (const Opportunity& opportunity : set.opportunities) {
    const auto found = by_id.find(opportunity.account);
    if (found == by_id.end() || opportunity.created_ms > set.as_of_ms) continue;
    OutcomeAccount& account = *found->second;
    if (opportunity.type == DealType::kRenewal) {
      add_renewal(account, opportunity, set.as_of_ms);
    } else if (opportunity.created_ms < account.since_ms) {
      add_earlier(account, opportunity, window_ms);
    } else if (counts(account, opportunity)) {
      add_counted(account, opportunity, set.as_of_ms);
    } else {
      ++account.after;
    }
  }
}

}  // namespace abm::measure
