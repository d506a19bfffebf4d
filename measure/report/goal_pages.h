// Whether a goal names pages that anybody was ever seen on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "measure/store/sqlite.h"

namespace abm::measure {

struct SeenPath {
  std::string path;
  int64_t visits = 0;  ///< of people, in the period
};

struct GoalPages {
  std::string goal;
  int64_t pages = 0;   ///< that it matches, in all that is stored
  int64_t visits = 0;  ///< of people to those, in the period
  std::vector<SeenPath>
      nearest;           ///< without pages: at most kNearestPaths that it may have meant, the likeliest first
  bool guessed = false;  ///< `nearest` resembles the goal; false: they are just those with most visits
};
inline constexpr size_t kNearestPaths = 3;

/// In the order of the goals. Needs the tables of roll_up().
[[nodiscard]] Result<std::vector<GoalPages>> goal_pages(Database& database);

/// Paths that `goal` may have meant, the likeliest first: the same but for case, a slash or an ending; one
/// that ends or begins with it; one that differs by a typo. None: nothing resembles it.
[[nodiscard]] std::vector<SeenPath> nearest_paths(const std::string& goal, const std::vector<SeenPath>& seen);

}  // namespace abm::measure
