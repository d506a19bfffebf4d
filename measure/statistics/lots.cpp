#include "measure/statistics/lots.h"

#include <algorithm>
#include <bit>

namespace abm::measure {

Lots::Lots(uint64_t seed) noexcept {
  for (uint64_t& word : state_) {  // SplitMix64 (Steele, Lea and Flood 2014)
    uint64_t z = seed += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31U);
  }
}

uint64_t Lots::next() noexcept {
  const uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const uint64_t shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

uint32_t Lots::below(uint32_t n) noexcept {
  uint64_t product = (next() >> 32U) * n;
  if (static_cast<uint32_t>(product) < n) {
    const uint32_t uneven = (0U - n) % n;  // 2^32 mod n: so many of the lowest would come once too often
    while (static_cast<uint32_t>(product) < uneven) product = (next() >> 32U) * n;
  }
  return static_cast<uint32_t>(product >> 32U);
}

BinomialLots::BinomialLots(uint64_t trials, uint64_t successes) {
  if (successes == 0 || successes >= trials) {
    first_ = successes;
    cumulative_ = {1};
    return;
  }
  const auto n = static_cast<double>(trials),
             odds = static_cast<double>(successes) / (n - static_cast<double>(successes));
  // The likeliest number is the mean, which is whole. Masses relative to its own, until they do not count.
  constexpr double kSmallest = 1e-18;
  std::vector<double> below, above;
  double mass = 1;
  for (uint64_t k = successes; k > 0; --k) {
    const auto of = static_cast<double>(k);
    mass *= of / ((n - of + 1) * odds);
    if (mass < kSmallest) break;
    below.push_back(mass);
  }
  mass = 1;
  for (uint64_t k = successes; k < trials; ++k) {
    const auto of = static_cast<double>(k);
    mass *= (n - of) * odds / (of + 1);
    if (mass < kSmallest) break;
    above.push_back(mass);
  }
  first_ = successes - below.size();
  double sum = 0;
  const auto add = [&](double part) { cumulative_.push_back(sum += part); };
  std::for_each(below.rbegin(), below.rend(), add);
  add(1);
  std::for_each(above.begin(), above.end(), add);
  for (double& part : cumulative_) part /= sum;
}

uint64_t BinomialLots::draw(Lots& lots) const noexcept {
  const auto at = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, lots.uniform());
  return first_ + static_cast<uint64_t>(at - cumulative_.begin());
}

}  // namespace abm::measure
