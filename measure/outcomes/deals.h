// Opportunities themselves: how many were won, for how much, how fast. What is told of deals depends on there
// being a deal, which the arm may have caused or prevented: it describes, and proves nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connect/import/opportunity.h"
#include "measure/outcomes/outcome_account.h"
#include "measure/statistics/survival.h"
#include "measure/store/visit_store.h"

namespace abm::measure {

/// Opportunities of some accounts, renewals left out.
struct Deals {
  std::string name;  ///< "treated", "control"; "named", "untiered", "not on the list"
  uint64_t accounts =
      0;  ///< in the group, with an opportunity or not; of companies that are not listed: with one
  uint64_t opportunities = 0;
  uint64_t won = 0, lost = 0, open = 0;
  double amount = 0;  ///< of all
  double won_amount = 0;
  Interval win_interval;                       ///< of won of those that are decided; Wilson, 95 %
  std::optional<double> mean_won, median_won;  ///< amounts of those won that state one; absent: there is none
  SurvivalCurve velocity;       ///< days from created to closed, won or lost; open ones are censored
  uint64_t closed_undated = 0;  ///< closed, but nothing says when: not in `velocity`
  [[nodiscard]] Share win_rate() const noexcept { return {won, won + lost}; }
};

/// Treated, control: the opportunities that count of these accounts.
[[nodiscard]] std::vector<Deals> deals_by_arm(std::span<const OutcomeAccount> accounts,
                                              const connect::OpportunitySet& set);
/// Whether deals take equally long in both arms; description, like all of this.
[[nodiscard]] LogRank compare_velocity(std::span<const OutcomeAccount> accounts,
                                       const connect::OpportunitySet& set);

/// Named accounts (with a tier) against those that are not: untiered ones, and companies that are not listed.
/// All opportunities of the exports, whenever they were created.
[[nodiscard]] std::vector<Deals> deals_by_list(const std::vector<ListedAccount>& listed,
                                               const connect::OpportunitySet& set);

/// Customers: accounts with a renewal that was open at their clock, or created in their window.
struct Retention {
  std::string name;  ///< "treated", "control"
  uint64_t customers = 0;
  uint64_t renewals = 0, renewed = 0, churned = 0;  ///< the rest is open
  double renewed_amount = 0, churned_amount = 0;
  Interval renewed_interval;  ///< of renewed of those decided; Wilson, 95 %, as if each were by itself
  uint64_t expanded = 0;      ///< accounts with an expansion that counts, customers or not
  uint64_t expansions = 0;
  double expansion_amount = 0;
};
/// Treated, control.
[[nodiscard]] std::vector<Retention> retention_by_arm(std::span<const OutcomeAccount> accounts);

}  // namespace abm::measure
