// Everything that the report shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "measure/outcomes/outcomes.h"
#include "measure/report/comparison.h"
#include "measure/report/goal_pages.h"
#include "measure/report/primary.h"
#include "measure/report/rollup.h"
#include "measure/report/sample_ratio.h"
#include "measure/report/soundness.h"
#include "measure/report/tables.h"

namespace abm::measure {

/// `tables` are the results of the queries.
struct Report {
  std::vector<Table> tables;
  std::vector<GoalResult> goals;
  std::vector<RuleResult> rules;
  std::vector<GoalPages> goal_pages;  ///< of each goal that was named
  std::vector<std::pair<std::string, uint64_t>>
      robots;                        ///< in the logs that were read: their signs, most first
  std::vector<std::string> remarks;  ///< remarks_on()
  Plan plan;
  Primary primary;
  std::vector<SampleRatio> sample_ratios;
  std::optional<Outcomes> outcomes;       ///< where opportunities were named
  std::vector<SoundnessCheck> soundness;  ///< check_soundness()
  Period period;                          ///< as asked for
  std::string generated_at;               ///< RFC 3339
  std::string list_name;                  ///< where the listed accounts come from; "": there is no list
};

}  // namespace abm::measure
