// Evidence that may be looked at as often as one likes: an e-value and an anytime p for two shares, and a
// confidence sequence for their difference. Pure functions of what was counted; sources in anytime.cpp.
#pragma once

#include <cstdint>

#include "measure/statistics/proportions.h"

namespace abm::measure {

/// Evidence against "the arm makes no difference to any account", account by account. Each account is in the
/// treated arm by a lot of its own that wins with probability `treated_share`, and its outcome is final when
/// it is added. The order of accounts may depend on neither arms nor outcomes. Then evidence() is, without a
/// difference, a martingale that starts at 1, whatever the accounts are like and however their shares drift:
/// it ever reaches 20 with probability 5 % at most.
class TwoShareEvidence {
 public:
  /// 0 < treated_share < 1: the planned share, not the one that was found.
  explicit TwoShareEvidence(double treated_share) noexcept : treated_share_(treated_share) {}

  void add(bool treated, bool hit) noexcept;

  /// e-value after the accounts that were added; above 0, and at most 1e300.
  [[nodiscard]] double evidence() const noexcept;
  /// The largest that evidence() ever was, at least 1.
  [[nodiscard]] double most_evidence() const noexcept;
  /// 1 / most_evidence(): below 0.05 at any time with probability 5 % at most, if there is no difference.
  [[nodiscard]] double p() const noexcept { return 1 / most_evidence(); }
  [[nodiscard]] const Share& treated() const noexcept { return treated_; }
  [[nodiscard]] const Share& kept_back() const noexcept { return kept_back_; }

 private:
  double treated_share_;
  Share treated_, kept_back_;
  double log_evidence_ = 0, most_ = 0;
};

/// Half the width of the asymptotic confidence sequence of a mean, 1 - alpha at all times at once, narrowest
/// near `planned` observations. `standard_error` is that of the mean of `n` observations; n and planned at
/// least 1, 0 < alpha < 1. `planned` must have been fixed beforehand. Not for a few dozen observations.
[[nodiscard]] double sequence_half_width(double standard_error, double n, double planned,
                                         double alpha) noexcept;

/// That sequence, 95 %, for the difference treated - control, within -1 to 1. Both must have accounts.
[[nodiscard]] Interval difference_sequence(const Share& treated, const Share& control,
                                           uint64_t planned) noexcept;

}  // namespace abm::measure
