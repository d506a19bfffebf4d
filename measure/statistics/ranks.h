// Whether one group tends to larger counts than another, whatever their distribution.
#pragma once

#include <cstdint>
#include <vector>

namespace abm::measure {

/// So many subjects of either group have this value.
struct RankedValue {
  double value = 0;
  uint64_t a = 0, b = 0;
};

struct RankTest {
  double superiority = 0.5;  ///< P(one of a is above one of b), ties counted half
  double p = 1;              ///< two-sided
};
/// Mann and Whitney (1947), with the normal approximation for ties (Lehmann 1975, section 1.4) and without a
/// continuity correction. Fair from about 20 subjects in each group on; a group without any: p is 1.
[[nodiscard]] RankTest rank_test(std::vector<RankedValue> values);

}  // namespace abm::measure
