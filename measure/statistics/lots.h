// Drawing lots, the same on every machine: a generator and distributions of our own, since those of the
// standard library give other numbers elsewhere. Not for secrets.
#pragma once

#include <cstdint>
#include <vector>

namespace abm::measure {

/// xoshiro256++ (Blackman, D. and Vigna, S. (2021), ACM Transactions on Mathematical Software 47, 36), seeded
/// by SplitMix64 as they advise.
class Lots {
 public:
  explicit Lots(uint64_t seed) noexcept;
  [[nodiscard]] uint64_t next() noexcept;
  /// 0 to 1, without 1, in steps of 2^-53.
  [[nodiscard]] double uniform() noexcept { return static_cast<double>(next() >> 11U) * 0x1p-53; }
  /// 0 to n - 1, equally likely (Lemire 2019). n is at least 1.
  [[nodiscard]] uint32_t below(uint32_t n) noexcept;

 private:
  uint64_t state_[4];
};

/// How many of `trials` succeed, each with the chance successes / trials: that number, by inversion of its
/// distribution, which is tabulated once around the likeliest.
class BinomialLots {
 public:
  /// successes <= trials
  BinomialLots(uint64_t trials, uint64_t successes);
  [[nodiscard]] uint64_t draw(Lots& lots) const noexcept;

 private:
  uint64_t first_ = 0;              ///< the number that cumulative_[0] stands for
  std::vector<double> cumulative_;  ///< ascending; the last is 1
};

}  // namespace abm::measure
