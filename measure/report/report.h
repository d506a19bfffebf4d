// Everything that the report shows.
#pragma once

#include <string>
#include <vector>

#include "measure/report/comparison.h"
#include "measure/report/rollup.h"
#include "measure/report/tables.h"

namespace abm::measure {

/// `tables` are the results of the queries.
struct Report {
  std::vector<Table> tables;
  std::vector<GoalResult> goals;
  std::vector<RuleResult> rules;
  Period period;             ///< as asked for
  std::string generated_at;  ///< RFC 3339
  std::string list_name;     ///< where the listed accounts come from; "": there is no list
};

}  // namespace abm::measure
