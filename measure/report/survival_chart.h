// How long things take, by arm: curves with their bands as inline SVG, in the manner of chart.h.
#pragma once

#include <string>
#include <vector>

#include "measure/statistics/survival.h"

namespace abm::measure {

/// One arm's curve with its interval as a band, and how many are still at risk under the axis.
struct SurvivalArm {
  std::string name;
  SurvivalCurve curve;
  bool muted = false;  ///< dashed and grey
};
struct SurvivalChart {
  std::string label;
  std::string axis;       ///< what the days count from
  bool happened = true;   ///< shows the share to whom it has happened; false: the share still waiting, S
  double until_days = 0;  ///< end of the axis; 0: the last one that is known of
  std::string at_risk_name = "at risk";  ///< heading of the numbers under the axis
};
/// Each curve ends where nobody is known of any more.
[[nodiscard]] std::string survival_chart(const std::vector<SurvivalArm>& arms, const SurvivalChart& options);

}  // namespace abm::measure
