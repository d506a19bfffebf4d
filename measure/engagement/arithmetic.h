// How one account's engagement comes about, day by day, and what of each day's visits earned it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "generation/site_engagement.h"
#include "measure/engagement/engagement_store.h"
#include "measure/engagement/points.h"

namespace abm::measure {

/// Views of one kind on one day.
struct EarnedViews {
  std::string path;
  std::vector<std::string> signals;
  uint32_t views = 0;
  uint32_t each = 0;  ///< points
};

struct EarnedDay {
  Day day = 0;
  Day age = 0;
  uint32_t visits = 0, people = 0;
  std::vector<EarnedViews> views;  ///< the most points first
  uint32_t capped_people = 0;      ///< who did more than most_per_person_day lets count
  uint32_t points = 0;             ///< of the day
  double weight = 0;               ///< 2^(-age / half life)
  double worth = 0;                ///< points × weight
};

struct Arithmetic {
  std::vector<EarnedDay> days;  ///< that count; the latest first
  uint64_t days_too_old = 0;    ///< that had visits, and count nothing any more
  double sum = 0;
  uint32_t engagement = 0;
};

/// After judge_all() of the same day.
[[nodiscard]] Result<Arithmetic> arithmetic_of(EngagementStore& store,
                                               const generation::EngagementInput& input,
                                               const std::string& account, Day today);

}  // namespace abm::measure
