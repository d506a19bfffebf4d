// Shares of accounts, and how certain they are. Pure functions; sources in proportions.cpp.
#pragma once

#include <cstdint>
#include <optional>

namespace abm::measure {

struct Interval {
  double low = 0;
  double high = 1;
};

/// `hits` of `accounts`; hits <= accounts.
struct Share {
  uint64_t hits = 0;
  uint64_t accounts = 0;
  [[nodiscard]] double rate() const noexcept {
    return accounts == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(accounts);
  }
};

/// The 97.5 % point of the normal distribution: two-sided 95 %.
inline constexpr double kZ95 = 1.959963984540054;
/// Its 80 % point: the power for which detectable differences are given.
inline constexpr double kZ80Power = 0.8416212335729143;

/// P(|Z| > |z|) of a standard normal Z.
[[nodiscard]] double two_sided_p(double z) noexcept;

/// Wilson's score interval, 95 %. For no accounts: 0 to 1.
[[nodiscard]] Interval wilson_interval(const Share& share) noexcept;

struct Difference {
  double estimate = 0;  ///< treated - control
  Interval interval;    ///< Miettinen and Nurminen's score interval, 95 %
  double p = 1;  ///< of the same score at no difference: below 0.05 exactly when the interval excludes 0
};
/// Both must have accounts.
[[nodiscard]] Difference difference(const Share& treated, const Share& control) noexcept;

/// Fisher's exact test (1935), two-sided: how likely a draw of treated.accounts out of all accounts hits no
/// more likely numbers than were found, whatever share of all hits there is. Time grows with the smaller of
/// hits and accounts of one group.
[[nodiscard]] double exact_p(const Share& treated, const Share& control);

/// The smallest true difference that four out of five experiments of these sizes would find (two-sided 5 %,
/// power 80 %), where the share is `base`.
[[nodiscard]] double detectable_difference(double base, uint64_t treated, uint64_t control) noexcept;

}  // namespace abm::measure
