// Made-up worlds of visits whose truth is known: the report's statistics are checked against them. The same
// options give the same lines on every machine.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace abm::measure {

/// What may go wrong with an experiment, planted.
struct WorldFaults {
  double cached_control =
      0;  ///< share of the control group's visits that a cache answers: they leave no line
  double unknown_control = 0;  ///< share of the control group's accounts that are never recognised
  uint32_t new_salt_on_day =
      0;  ///< from this day on, generation 44 draws arms by world_salt() with "-b"; 0: never
  uint32_t silent_until_day = 0;  ///< before this day, no edit is sent to anybody
};

struct WorldOptions {
  uint64_t seed = 1;
  uint32_t accounts = 1000;
  uint32_t days = 30;              ///< from 2026-11-01 on
  double visits_per_account = 12;  ///< mean; few accounts come often, many come once or twice
  double control_percent = 10;
  double holdout_percent = 0;  ///< of rule makers-home
  double conversion = 0.01;    ///< chance that a visit is to the goal page, without any treatment
  double lift = 0;             ///< added to it where the site-wide treatment is given
  double bots = 0.03;
  WorldFaults faults = {};
};

/// What arms are drawn by.
std::string world_salt(const WorldOptions& options);

/// What was planted: the expected share of accounts (of those that came) that reach the goal page in each
/// arm, over exactly the accounts, visits and arms of the world.
struct WorldTruth {
  uint64_t visits = 0;  ///< people's, without bots
  uint64_t accounts = 0, control_accounts = 0;
  double treated_rate = 0, control_rate = 0;
  /// Mean over all accounts of (chance to reach the goal if treated) - (chance if in control).
  double effect = 0;
};

inline constexpr std::string_view kWorldGoal = "/demo";

/// Lines in order of time, without newline; the view is valid during the call.
WorldTruth make_world(const WorldOptions& options, const std::function<void(std::string_view)>& line);

/// The account feed of the world: its accounts, and a fifth more that never visit.
std::string world_feed(const WorldOptions& options);

}  // namespace abm::measure
