// The week's review: what a meeting of sales and marketing has to know of the list, from the standings of two
// days. A function of its inputs, and of nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "generation/site_engagement.h"
#include "measure/engagement/standings.h"
#include "measure/review/days.h"
#include "measure/review/model.h"
#include "measure/review/week_facts.h"

namespace abm::measure {

/// What the account list says of an account, as it is now.
struct ReviewSubject {
  std::string id, name, owner;
  std::optional<int64_t> intent;
};

/// Signal → what rules say to do next; several if rules differ.
using NextSteps = std::map<std::string, std::vector<std::string>, std::less<>>;

struct ReviewInputs {
  ReviewDays days;
  const Standings& now;     ///< as of days.until
  const Standings& before;  ///< as of days.before
  const WeekFacts& facts;
  const std::vector<ReviewSubject>& list;  ///< in any order
  const NextSteps& next;
  const generation::MovesInput& moves;
  std::string owner = {};                                   ///< only this one's accounts; "": all
  std::vector<std::string> customer_stages = {"customer"};  ///< whose accounts are told apart
  std::optional<uint64_t> capacity = {};                    ///< one-to-one accounts that people can serve
};

[[nodiscard]] Review review_of(const ReviewInputs& inputs);

}  // namespace abm::measure
