// What a list of accounts tells about itself before it is published: more than people can serve, accounts
// that nobody has seen for a year, sizes that jump, industries and accounts without a rule, parents in
// circles, points for signals that no rule raises, moves by values that no account has.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "generation/generation.h"
#include "generation/site.h"

namespace abm::generation {

inline constexpr int64_t kUntouchedDays = 365;
/// A tier that has a third more or fewer accounts than before, and at least so many: told of.
inline constexpr uint64_t kFewestMoved = 5;

struct ListCheck {
  const Generation& generation;        ///< what is to be published
  const Generation* before = nullptr;  ///< what serves; nullptr: nothing, or not known
  const Capacity& capacity;
  std::span<const PointsInput::Named> signal_points;  ///< what signals earn
  const MovesInput& moves;
  const std::string& site_file;              ///< where these three are
  const std::string& feed;                   ///< as messages call it
  const std::vector<std::string>& silenced;  ///< codes that are not warned of
  int64_t now = 0;                           ///< Unix seconds: rules that have ended by then reach nobody
  bool inherits = false;                     ///< the site has `inherit`
};

/// Warns; refuses nothing. Time: that of Matcher::may_match for each account.
void check_list(const ListCheck& check, Diagnostics& diagnostics);

}  // namespace abm::generation
