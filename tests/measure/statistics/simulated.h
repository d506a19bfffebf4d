// Simulated accounts with a known truth: what they are worth, and how many programmes are tried.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numbers>

#include "measure/statistics/lots.h"

namespace abm::measure::simulated {

/// Programmes to simulate: `usual`, or as many as ABM_PROGRAMMES says.
inline int programmes(int usual) {
  const char* said = std::getenv("ABM_PROGRAMMES");
  return said == nullptr ? usual : std::max(1, std::atoi(said));
}

inline double normal(Lots& lots) {
  const double u = 1 - lots.uniform();
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * lots.uniform());
}

/// Amounts of opportunities: log-normal, which has one in ten above 4.7 times the median (`sigma` 1.2), as
/// deals are; median 1. Cut off at `most`.
struct Amounts {
  double sigma = 1.2;
  double most = std::numeric_limits<double>::infinity();

  [[nodiscard]] bool is_cut() const { return std::isfinite(most); }
  [[nodiscard]] double draw(Lots& lots) const { return std::min(most, std::exp(sigma * normal(lots))); }
  [[nodiscard]] double mean() const {
    const double whole = std::exp(sigma * sigma / 2);
    if (!is_cut()) return whole;
    const auto below = [](double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; };
    const double z = std::log(most) / sigma;
    return whole * below(z - sigma) + most * (1 - below(z));
  }
};

/// An account's amount: 0, but for a share of `chance`.
inline double amount_of(double chance, const Amounts& amounts, Lots& lots) {
  return lots.uniform() < chance ? amounts.draw(lots) : 0;
}

}  // namespace abm::measure::simulated
