// Sources:
//
//   Howard, S. R., Ramdas, A., McAuliffe, J. and Sekhon, J. (2021), Annals of Statistics 49, 1055-1080 (arXiv
//     1810.08240): equation 3.7, the two-sided normal mixture, and its ρ; section 3.1 and proposition 4, the
//     beta-binomial mixture. Their program `confseq` gives the same numbers (tests).
//
// For hits of chance p, the beta-binomial mixture is this: the likelihood of what was found, averaged over
// chances drawn from Beta(m p, m (1 - p)), against the likelihood of p. The mean of the drawn chances is p; m
// says how far from p they are looked for, and follows from the number of accounts for which the interval
// shall be narrowest.
#include "measure/statistics/proportion_sequence.h"

#include <algorithm>
#include <cmath>

namespace abm::measure {
namespace {

constexpr double kTunedFor = 0.05;  // alpha
constexpr double kMostLogOfShare = 690;

/// planned_v / ρ: 7.93616 for 0.05.
double tuning() noexcept {
  const double twice = -2 * std::log(kTunedFor);
  return twice + std::log(1 + twice);
}

double log_beta(double a, double b) noexcept {
  return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
}

double log_evidence(double chance, const Share& share, uint64_t planned) noexcept {
  // Too few to be tuned for: as few as there can be.
  const double m = std::max(static_cast<double>(planned) / tuning() - 1, 1e-3);
  const auto hits = static_cast<double>(share.hits),
             others = static_cast<double>(share.accounts - share.hits);
  const double a = m * chance, b = m * (1 - chance);
  return log_beta(a + hits, b + others) - log_beta(a, b) - hits * std::log(chance) -
         others * std::log1p(-chance);
}

/// Between `outside`, which is taken to be ruled out, and `inside`, which is not: where that changes.
double edge(const Share& share, uint64_t planned, double threshold, double outside, double inside) noexcept {
  for (int i = 0; i < 60; ++i) {
    const double middle = (outside + inside) / 2;
    (log_evidence(middle, share, planned) > threshold ? outside : inside) = middle;
  }
  return (outside + inside) / 2;
}

}  // namespace

double normal_mixture_bound(double v, double planned_v, double alpha) noexcept {
  const double rho = planned_v / tuning();
  return std::sqrt((v + rho) * std::log((v + rho) / (rho * alpha * alpha)));
}

double evidence_against(double chance, const Share& share, uint64_t planned) noexcept {
  return std::exp(std::clamp(log_evidence(chance, share, planned), -kMostLogOfShare, kMostLogOfShare));
}

Interval share_sequence(const Share& share, uint64_t planned, double alpha) noexcept {
  if (share.accounts == 0) return {0, 1};
  const double threshold = -std::log(alpha);
  return {share.hits == 0 ? 0 : edge(share, planned, threshold, 0, share.rate()),
          share.hits == share.accounts ? 1 : edge(share, planned, threshold, 1, share.rate())};
}

}  // namespace abm::measure
