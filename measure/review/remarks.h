// What the figures of a review lack, in sentences for people.
#pragma once

#include <string>
#include <vector>

#include "measure/review/model.h"
#include "measure/review/week_facts.h"

namespace abm::measure {

[[nodiscard]] std::vector<std::string> review_remarks(const ReviewDays& days, const WeekFacts& facts,
                                                      const ReviewCoverage& all);

}  // namespace abm::measure
