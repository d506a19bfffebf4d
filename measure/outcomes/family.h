// Tests that are several: each is one more chance to be wrong, so they are adjusted as one family.
#pragma once

#include <optional>
#include <vector>

namespace abm::measure {

/// One test of a family: a p (or an e-value), and where it goes once it is adjusted.
struct OneOfSeveral {
  double value = 1;
  std::optional<double>* adjusted = nullptr;
};

/// Tests of one report that are no one's primary one. `p`: for one look; `evidence`: e-values of now, for
/// what may be looked at daily.
struct Family {
  std::vector<OneOfSeveral> p, evidence;
};

}  // namespace abm::measure
