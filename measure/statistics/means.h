// Means of skewed amounts, most of which are zero. Pure functions; sources in means.cpp and resampling.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "measure/statistics/proportions.h"

namespace abm::measure {

/// What every function here does with values that no account has: beyond ±1e15 (infinite ones, too) they
/// count as ±1e15, and what is not a number as 0. Below zero is a value like any other.
inline constexpr double kLargestAmount = 1e15;

struct Mean {
  uint64_t n = 0;
  uint64_t above_zero = 0;
  double mean = 0;
  double standard_error = 0;  ///< of the mean, from n - 1; 0 for fewer than two
};
[[nodiscard]] Mean mean_of(std::span<const double> values) noexcept;

struct MeanDifference {
  double estimate = 0;  ///< treated - control
  Interval interval;  ///< 95 %, bias-corrected and accelerated bootstrap (Efron 1987); has the estimate in it
  double p = 1;       ///< two-sided, permutation of arms (Phipson and Smyth 2010: never 0)
};
inline constexpr int kResamples = 9'999;
/// The same values give the same answer, in any order. Time: kResamples times the number of values that are
/// not zero. Fewer than two values in either: nothing is known, p is 1 and the interval ±kLargestAmount.
[[nodiscard]] MeanDifference compare_means(std::span<const double> treated, std::span<const double> control);
/// 95 % of one sample's mean, as above, for at least two values.
[[nodiscard]] Interval bca_interval(std::span<const double> values);

/// Each value at most `most`, which must have been fixed beforehand.
[[nodiscard]] std::vector<double> winsorised(std::span<const double> values, double most);

/// What accounts were like before, taken out of their outcomes (CUPED; Deng, Xu, Kohavi and Walker 2013).
struct Adjusted {
  double theta = 0;        ///< what one unit of before is worth in the outcome, pooled within the arms
  double correlation = 0;  ///< of before and outcome, pooled alike; the variance falls to 1 - correlation²
  double estimate = 0;     ///< treated - control
  Interval interval;       ///< 95 %, normal
  double p = 1;
};
/// Spans of a group are equally long, at least two each. std::nullopt: they are not, or `before` is the same
/// for all accounts of an arm in both arms.
[[nodiscard]] std::optional<Adjusted> adjust_by_before(std::span<const double> treated,
                                                       std::span<const double> treated_before,
                                                       std::span<const double> control,
                                                       std::span<const double> control_before);

/// The asymptotic confidence sequence (anytime.h) of the difference of two means, 95 % on all days at once.
/// Fewer than two values in either: ±kLargestAmount.
[[nodiscard]] Interval mean_difference_sequence(const Mean& treated, const Mean& control,
                                                uint64_t planned) noexcept;

}  // namespace abm::measure
