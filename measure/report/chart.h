// Charts as inline SVG: no script, no style attribute (the page's policy allows neither), colours by class.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "measure/statistics/proportions.h"

namespace abm::measure {

/// One column a day, in two parts.
struct DayColumn {
  std::string day;  ///< YYYY-MM-DD
  int64_t total = 0;
  int64_t part = 0;  ///< of total
};
[[nodiscard]] std::string day_chart(const std::vector<DayColumn>& days, std::string_view label,
                                    std::string_view total_name, std::string_view part_name);

/// One bar a row; with `whole`, on a track of that length.
struct Bar {
  std::string name;
  int64_t value = 0;
  std::optional<int64_t> whole;
  std::string note;  ///< after the bar
};
[[nodiscard]] std::string bar_chart(const std::vector<Bar>& bars, std::string_view label,
                                    std::string_view axis);

/// One dot with its interval a row, on an axis in percent or percentage points.
struct IntervalRow {
  std::string name;
  double estimate = 0;
  Interval interval;
  std::string note;
  bool muted = false;
};
struct IntervalChart {
  std::string label;
  std::string axis;
  std::string unit;  ///< after the numbers on the axis
  bool zero_line = false;
};
[[nodiscard]] std::string interval_chart(const std::vector<IntervalRow>& rows, const IntervalChart& options);

/// The same rows in money: estimate and interval are amounts in `currency`, which stands before those on the
/// axis.
struct AmountChart {
  std::string label;
  std::string axis;
  std::string currency;  ///< "EUR"; "": not known
  bool zero_line = false;
};
[[nodiscard]] std::string amount_chart(const std::vector<IntervalRow>& rows, const AmountChart& options);

/// What became of the accounts of an arm: for each step after the first, a bar an arm, as a share of the
/// first.
struct FunnelArm {
  std::string name;
  std::vector<int64_t> counts;  ///< by step, as in FunnelChart::steps; the first is all accounts
  bool muted = false;
};
struct FunnelChart {
  std::string label;
  std::string axis;
  std::vector<std::string> steps;  ///< "accounts", "with an opportunity", "won"
};
[[nodiscard]] std::string funnel_chart(const std::vector<FunnelArm>& arms, const FunnelChart& options);

/// Ticks at multiples of 1, 2 or 5 times a power of ten that cover low to high: about `wanted` of them.
[[nodiscard]] std::vector<double> nice_ticks(double low, double high, int wanted);

}  // namespace abm::measure
