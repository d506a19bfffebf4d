// What engagement means, as plainly as it can be said: everything is computed from all visits and all lists,
// for every day from the first one on that is kept, without any memory. Tests compare the real thing with it.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "accounts/account.h"
#include "generation/site.h"
#include "measure/engagement/day_number.h"

namespace abm::measure::testing {

struct ModelVisit {
  std::string account, person, path;
  std::vector<std::string> signals;
  Day day = 0;
};

/// What the list said at the end of a day.
using ModelLists = std::map<Day, std::map<std::string, accounts::Account>>;

struct ModelStanding {
  accounts::Account account;  ///< its fields as of the day, moved
  std::string said_stage, said_play;
  accounts::Tier said_tier = accounts::Tier::kUntiered;
  bool listed = false;
  double sum = 0;  ///< of which engagement is the rounded value
};

/// By the days that the site keeps as of `today`. `visits`: each request once. By account, of those ever seen
/// or listed up to `today`.
[[nodiscard]] std::map<std::string, ModelStanding> slow_model(const generation::Site& site,
                                                              const std::vector<ModelVisit>& visits,
                                                              const ModelLists& lists, Day today);

}  // namespace abm::measure::testing
