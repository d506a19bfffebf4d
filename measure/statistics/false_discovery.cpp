#include "measure/statistics/false_discovery.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace abm::measure {

std::vector<double> benjamini_hochberg(const std::vector<double>& p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&p](size_t a, size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size());
  double smallest = 1;
  for (size_t rank = order.size(); rank-- > 0;) {  // the largest first
    const size_t at = order[rank];
    smallest = std::min(smallest, p[at] * static_cast<double>(p.size()) / static_cast<double>(rank + 1));
    adjusted[at] = smallest;
  }
  return adjusted;
}

/// k e_k / m >= 1 / q is the same as m (1 / e_k) / k <= q: the procedure above, of 1 / e.
std::vector<double> e_benjamini_hochberg(const std::vector<double>& evidence) {
  std::vector<double> p;
  p.reserve(evidence.size());
  for (const double e : evidence) p.push_back(e > 1 ? 1 / e : 1);
  return benjamini_hochberg(p);
}

}  // namespace abm::measure
