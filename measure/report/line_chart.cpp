#include "measure/report/line_chart.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "measure/report/chart.h"
#include "measure/report/html.h"

namespace abm::measure {
namespace {

// In units of the drawing, which the page scales to its width.
constexpr double kChartWidth = 960, kPlotLeft = 64, kPlotTop = 12, kPlotHeight = 220;
constexpr double kEndNames = 190;  // room for the lines' names
constexpr double kBelow = 46;
constexpr double kNameHeight = 17;
constexpr size_t kStyles = 6;
constexpr size_t kLongestName = 24;  // characters
constexpr double kSecondsOfDay = 86'400;

/// Ranges of the plot in the data's own units.
struct PlotArea {
  double left = 0, right = 1, low = 0, high = 1;
  [[nodiscard]] double x(double value) const noexcept {
    return kPlotLeft + (value - left) / (right - left) * (kChartWidth - kPlotLeft - kEndNames);
  }
  [[nodiscard]] double y(double value) const noexcept {
    return kPlotTop + kPlotHeight - (value - low) / (high - low) * kPlotHeight;
  }
};

std::string number_text(double value, double step) {
  const int decimals =
      step >= 1 ? 0 : std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 1, 6);
  const std::string words = fmt::format("{:.{}f}", value, decimals);
  return words.find_first_not_of("-0.") == std::string::npos ? "0" : words;
}

std::string day_label(double day) {
  constexpr std::string_view kMonthNames[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string date = format_rfc3339(static_cast<int64_t>(day * kSecondsOfDay));
  const int month = (date[5] - '0') * 10 + (date[6] - '0');
  return fmt::format("{} {}", date[8] == '0' ? date.substr(9, 1) : date.substr(8, 2),
                     kMonthNames[std::clamp(month, 1, 12) - 1]);
}

PlotArea area_of(const std::vector<ChartLine>& lines, const LineChart& options) {
  bool first = true;
  PlotArea area;
  area.high = options.reference.value_or(0);
  for (const ChartLine& line : lines) {
    for (const LinePoint& point : line.points) {
      area.left = first ? point.x : std::min(area.left, point.x);
      area.right = first ? point.x : std::max(area.right, point.x);
      area.low = std::min(area.low, point.y);
      area.high = std::max(area.high, point.y);
      first = false;
    }
  }
  if (options.mark.has_value() && !first) {
    area.left = std::min(area.left, *options.mark);
    area.right = std::max(area.right, *options.mark);
  }
  // A band may be as wide as everything while there are few accounts: it is cut off where it hides the lines.
  double widest = area.high;
  for (const ChartLine& line : lines) {
    for (const LinePoint& point : line.points) {
      if (point.band.has_value()) widest = std::max(widest, point.band->high);
    }
  }
  area.high = std::min(widest, std::max(area.high * 3, 0.01));
  if (area.right <= area.left) {
    area.left -= 0.5;
    area.right += 0.5;
  }
  return area;
}

std::string x_ticks(const PlotArea& area, const LineChart& options) {
  std::string svg;
  const double scale = options.x_is_share ? 100 : 1;
  const std::vector<double> ticks = nice_ticks(area.left * scale, area.right * scale, 8);
  const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : 1;
  for (const double tick : ticks) {
    const double value = tick / scale;
    if (value < area.left - 1e-9 || value > area.right + 1e-9) continue;
    if (options.x_is_day && tick != std::floor(tick)) continue;
    const std::string words =
        options.x_is_day ? day_label(tick) : number_text(tick, step) + (options.x_is_share ? "%" : "");
    svg += fmt::format("<text class=\"label middle\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", area.x(value),
                       kPlotTop + kPlotHeight + 20, words);
  }
  return svg;
}

std::string y_ticks(PlotArea& area, const std::string& unit) {
  const std::vector<double> ticks = nice_ticks(area.low * 100, area.high * 100, 4);
  area.low = ticks.front() / 100;
  area.high = ticks.back() / 100;
  const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : 1;
  std::string svg;
  for (const double tick : ticks) {
    const double y = area.y(tick / 100);
    svg += fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
                       tick == 0 ? "axis" : "grid", kPlotLeft, y, kChartWidth - kEndNames, y);
    svg += fmt::format("<text class=\"label end\" x=\"{:.1f}\" y=\"{:.1f}\">{}{}</text>\n", kPlotLeft - 8,
                       y + 5, number_text(tick, step), unit);
  }
  return svg;
}

std::string band_path(const ChartLine& line, const PlotArea& area, size_t style) {
  std::string upper, lower;
  for (const LinePoint& point : line.points) {
    if (!point.band.has_value()) continue;
    const auto at = [&](double y) {
      return fmt::format("{:.1f},{:.1f} ", area.x(point.x), area.y(std::clamp(y, area.low, area.high)));
    };
    upper += at(point.band->high);
    lower.insert(0, at(point.band->low));
  }
  if (upper.empty()) return {};
  return fmt::format("<polygon class=\"band s{}\" points=\"{}{}\"/>\n", style, upper, lower);
}

std::string line_path(const ChartLine& line, const PlotArea& area, size_t style) {
  std::string points;
  for (const LinePoint& point : line.points)
    points +=
        fmt::format("{:.1f},{:.1f} ", area.x(point.x), area.y(std::clamp(point.y, area.low, area.high)));
  std::string svg = fmt::format("<g><title>{}</title><polyline class=\"curve s{}\" points=\"{}\"/>\n",
                                escaped(line.name), style, points);
  if (line.points.size() == 1) {
    svg += fmt::format("<circle class=\"dot{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\"/>\n",
                       style == 1 ? "" : " muted", area.x(line.points[0].x), area.y(line.points[0].y));
  }
  return svg + "</g>\n";
}

std::string cut(const std::string& name) {
  size_t characters = 0;
  for (size_t i = 0; i < name.size(); ++i) {
    if ((static_cast<unsigned char>(name[i]) & 0xc0) == 0x80) continue;
    if (characters++ == kLongestName) return name.substr(0, i) + "…";
  }
  return name;
}

struct EndName {
  double y;
  std::string words;
};

/// Beside the lines' ends, none over another, and all within the plot if there is room.
std::string end_names(std::vector<EndName> names) {
  std::stable_sort(names.begin(), names.end(), [](const EndName& a, const EndName& b) { return a.y < b.y; });
  for (size_t i = 1; i < names.size(); ++i) names[i].y = std::max(names[i].y, names[i - 1].y + kNameHeight);
  double lowest = kPlotTop + kPlotHeight;
  for (size_t i = names.size(); i-- > 0;) {
    names[i].y = std::min(names[i].y, lowest);
    lowest = names[i].y - kNameHeight;
  }
  std::string svg;
  for (const EndName& name : names) {
    svg += fmt::format("<text class=\"label\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                       kChartWidth - kEndNames + 10, name.y + 5, escaped(cut(name.words)));
  }
  return svg;
}

/// Its name stands on the side that has more room.
std::string mark_line(const PlotArea& area, const LineChart& options) {
  const double x = area.x(*options.mark);
  const bool is_left = x < (kPlotLeft + kChartWidth - kEndNames) / 2;
  return fmt::format(
      "<line class=\"zero\" x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\"/>\n"
      "<text class=\"label{3}\" x=\"{4:.1f}\" y=\"{5:.1f}\">{6}</text>\n",
      x, kPlotTop, kPlotTop + kPlotHeight, is_left ? "" : " end", x + (is_left ? 6 : -6), kPlotTop + 10,
      escaped(cut(options.mark_name)));
}

}  // namespace

std::string line_chart(const std::vector<ChartLine>& lines, const LineChart& options) {
  if (std::all_of(lines.begin(), lines.end(), [](const ChartLine& line) { return line.points.empty(); }))
    return {};
  PlotArea area = area_of(lines, options);
  std::string svg =
      fmt::format("<svg class=\"chart\" viewBox=\"0 0 {} {:.0f}\" role=\"img\" aria-label=\"{}\">\n",
                  kChartWidth, kPlotTop + kPlotHeight + kBelow, escaped(options.label));
  svg += y_ticks(area, options.y_unit) + x_ticks(area, options);
  svg += fmt::format("<text class=\"label middle quiet\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                     (kPlotLeft + kChartWidth - kEndNames) / 2, kPlotTop + kPlotHeight + 40,
                     escaped(options.x_axis));
  std::vector<EndName> names;
  if (options.reference.has_value()) {
    const double y = area.y(*options.reference);
    svg += fmt::format("<line class=\"zero\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
                       kPlotLeft, y, kChartWidth - kEndNames, y);
    names.push_back({y, options.reference_name});
  }
  if (options.mark.has_value()) svg += mark_line(area, options);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].points.empty()) continue;
    const size_t style = std::min(i, kStyles - 1) + 1;
    svg += band_path(lines[i], area, style) + line_path(lines[i], area, style);
    names.push_back({area.y(std::clamp(lines[i].points.back().y, area.low, area.high)), lines[i].name});
  }
  return svg + end_names(std::move(names)) + "</svg>\n";
}

std::optional<double> day_number(std::string_view day) {
  const auto seconds =
      day.size() == 10 ? parse_rfc3339(std::string(day) + "T00:00:00Z") : std::optional<int64_t>();
  if (!seconds.has_value()) return std::nullopt;
  return static_cast<double>(*seconds) / kSecondsOfDay;
}

}  // namespace abm::measure
