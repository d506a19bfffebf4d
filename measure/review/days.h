// Which days a review is about: the last seven, or a calendar week.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "measure/engagement/day_number.h"

namespace abm::measure {

/// Whole UTC days.
struct ReviewDays {
  Day before = 0;    ///< the day that it is compared with: the one before the first
  Day until = 0;     ///< the last one
  std::string week;  ///< "2026-W48"; "": the seven days up to `until`
  bool over = true;  ///< false: a week of which only the days up to `until` have been

  [[nodiscard]] Day first() const noexcept { return before + 1; }
  [[nodiscard]] Day count() const noexcept { return until - before; }  ///< 1 to 7
};

/// `week`: as ISO 8601 writes it, "2026-W48", from Monday to Sunday; "last": the last one that is over; "":
/// the seven days up to `today`. One that has not begun is an error.
[[nodiscard]] Result<ReviewDays> review_days(std::string_view week, Day today);

}  // namespace abm::measure
