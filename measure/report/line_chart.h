// Lines over days or numbers, with bands: inline SVG in the manner of chart.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measure/statistics/proportions.h"

namespace abm::measure {

struct LinePoint {
  double x = 0;  ///< a number, or days since 1970
  double y = 0;  ///< a share, 0 to 1, or a difference of such
  std::optional<Interval> band = {};
};

/// Points ascend by x.
struct ChartLine {
  std::string name;  ///< at the line's end
  std::vector<LinePoint> points;
};

struct LineChart {
  std::string label;   ///< for readers of screens
  std::string x_axis;  ///< below the plot
  std::string y_unit = "%";
  bool x_is_day = false;
  bool x_is_share = false;               ///< shown in percent
  std::optional<double> reference = {};  ///< a dashed level
  std::string reference_name = {};
  std::optional<double> mark =
      {};  ///< an x that the reader looks for: a dashed line upwards, always in the plot
  std::string mark_name = {};
};

/// Up to six lines, told apart by colour and dashes; further ones look like the last. "" if no line has a
/// point.
[[nodiscard]] std::string line_chart(const std::vector<ChartLine>& lines, const LineChart& options);

/// "2026-11-03" → days since 1970; std::nullopt for anything else.
[[nodiscard]] std::optional<double> day_number(std::string_view day);

}  // namespace abm::measure
