// Charts of lines, as inline SVG in the manner of chart.h: how long things take, and what a plan can show.
#pragma once

#include <optional>
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

/// One line of points, ascending by x. A point whose y is not a number is a gap.
struct CurvePoint {
  double x = 0, y = 0;
};
struct CurveLine {
  std::string name;
  std::vector<CurvePoint> points;
};
/// Both axes in percent: x and y are shares, 0 to 1. More than five lines look alike again.
struct CurveChart {
  std::string label;
  std::string x_axis, y_axis;
  std::string y_unit = "%";
  std::optional<double> mark;  ///< a dashed line at this x, as planned
  std::string mark_name;
};
[[nodiscard]] std::string curve_chart(const std::vector<CurveLine>& lines, const CurveChart& options);

}  // namespace abm::measure
