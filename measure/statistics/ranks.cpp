#include "measure/statistics/ranks.h"

#include <algorithm>
#include <cmath>

#include "measure/statistics/proportions.h"

namespace abm::measure {

RankTest rank_test(std::vector<RankedValue> values) {
  std::sort(values.begin(), values.end(),
            [](const RankedValue& x, const RankedValue& y) { return x.value < y.value; });
  double below_b = 0, above = 0, all_a = 0, all_b = 0, ties = 0;
  for (size_t i = 0; i < values.size();) {
    double a = 0, b = 0;
    const double value = values[i].value;
    for (; i < values.size() && values[i].value == value; ++i) {
      a += static_cast<double>(values[i].a);
      b += static_cast<double>(values[i].b);
    }
    above += a * (below_b + b / 2);
    below_b += b;
    all_a += a;
    all_b += b;
    const double tied = a + b;
    ties += tied * (tied * tied - 1);
  }
  if (all_a == 0 || all_b == 0) return {};
  const double n = all_a + all_b;
  const double variance = all_a * all_b / 12 * (n + 1 - ties / (n * (n - 1)));
  RankTest test{.superiority = above / (all_a * all_b), .p = 1};
  if (variance > 0) test.p = two_sided_p((above - all_a * all_b / 2) / std::sqrt(variance));
  return test;
}

}  // namespace abm::measure
