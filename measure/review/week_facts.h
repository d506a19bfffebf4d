// What a review takes from the store besides standings: who raised which signal, and since when visits and
// the list are known.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "measure/engagement/engagement_store.h"
#include "measure/review/days.h"

namespace abm::measure {

/// One signal of one account during the days.
struct RaisedSignal {
  std::string account, name;
  uint64_t views = 0;
  uint64_t people = 0;  ///< person-days
  Day last = 0;
};

struct WeekFacts {
  std::vector<RaisedSignal> signals;  ///< by account, then by name
  std::map<std::string, Day, std::less<>>
      first_listed;  ///< the day on which the journal first has an account
  std::optional<Day> visits_from,
      visits_until;              ///< of all visits up to the last of the days; none: there are none
  std::optional<Day> list_from;  ///< the first day of which the journal knows all, also after these
};

/// `first`: the first day that counts, as for standings as of the last of the days.
[[nodiscard]] Result<WeekFacts> week_facts(EngagementStore& store, const ReviewDays& days, Day first);

}  // namespace abm::measure
