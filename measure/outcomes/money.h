// Amounts of money per account, by arm: what can be said about their means.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "measure/statistics/means.h"
#include "measure/statistics/proportions.h"

namespace abm::measure {

/// Accounts with an amount above zero that each arm needs to be compared, besides kFewestAccounts
/// (comparison.h) in all; an interval needs kFewestAmounts (means.h) of them.
inline constexpr uint64_t kFewestWithAmount = 5;

/// Means per account, those without an amount included.
struct MoneyComparison {
  Mean treated, kept_back;
  std::optional<MeanDifference> difference;  ///< its intervals count where interval_lacks is ""
  std::string lacks;                         ///< why there is none
  std::string interval_lacks;                ///< why no interval is shown, of the difference or of an arm
  Interval treated_interval, kept_back_interval;  ///< BCa, 95 %, where intervals are shown
  std::optional<double> adjusted_p;  ///< adjust_for_several() fills it, but for the primary outcome
};

/// One value for each account.
struct Amounts {
  std::vector<double> treated, kept_back;
};

[[nodiscard]] MoneyComparison compare_money(const Amounts& amounts);

/// The mean difference as it may be looked at every day: of accounts whose windows are over.
struct DailyMean {
  Mean treated, kept_back;
  std::optional<Interval> interval;  ///< 95 % on all days at once
  std::string lacks;                 ///< why there is none
};
/// What is lacking for that interval; "": nothing. `planned`: accounts, as in Plan; `needed`: accounts with
/// an amount in each arm (means.h).
[[nodiscard]] std::string sequence_of_means_lacks(const Mean& treated, const Mean& kept_back,
                                                  uint64_t planned, uint64_t needed);

/// What is lacking for a comparison; "": nothing.
[[nodiscard]] std::string money_lacks(const Mean& treated, const Mean& kept_back);

}  // namespace abm::measure
