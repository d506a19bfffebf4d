#include "measure/report/survival_chart.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "measure/report/chart.h"
#include "measure/report/html.h"
#include "measure/report/svg.h"

namespace abm::measure {
namespace {

constexpr double kLeftOfLines = 150;   // ticks of y, and the names of rows under the axis
constexpr double kRightOfLines = 190;  // names at the ends of lines
constexpr double kTopOfLines = 36;
constexpr double kLinesHeight = 240;
constexpr double kLinesWidth = svg::kWidth - kLeftOfLines - kRightOfLines;
constexpr double kBottomOfLines = kTopOfLines + kLinesHeight;
constexpr size_t kMaxLineName = 14;
constexpr double kBetweenNames = 18;

/// Where a curve is drawn.
struct Axes {
  std::vector<double> x_ticks, y_ticks;
  [[nodiscard]] double x(double value) const noexcept {
    const double share = (value - x_ticks.front()) / (x_ticks.back() - x_ticks.front());
    return kLeftOfLines + std::clamp(share, 0.0, 1.0) * kLinesWidth;
  }
  [[nodiscard]] double y(double value) const noexcept {
    const double share = (value - y_ticks.front()) / (y_ticks.back() - y_ticks.front());
    return kBottomOfLines - std::clamp(share, 0.0, 1.0) * kLinesHeight;
  }
};

std::string draw_axes(const Axes& axes, std::string_view x_unit, std::string_view y_unit,
                      std::string_view x_axis, std::string_view y_axis) {
  std::string drawing = svg::text("label quiet", kLeftOfLines, 13, y_axis);
  const auto step_of = [](const std::vector<double>& ticks) { return ticks[1] - ticks[0]; };
  for (const double tick : axes.y_ticks) {
    drawing += svg::line(tick == axes.y_ticks.front() ? "axis" : "grid", kLeftOfLines, axes.y(tick),
                         kLeftOfLines + kLinesWidth, axes.y(tick));
    drawing += svg::text("label end", kLeftOfLines - 8, axes.y(tick) + 5,
                         svg::tick_text(tick, step_of(axes.y_ticks)).append(y_unit));
  }
  for (const double tick : axes.x_ticks) {
    drawing += svg::line("axis", axes.x(tick), kBottomOfLines, axes.x(tick), kBottomOfLines + 5);
    drawing += svg::text("label middle", axes.x(tick), kBottomOfLines + 20,
                         svg::tick_text(tick, step_of(axes.x_ticks)).append(x_unit));
  }
  return drawing +
         svg::text("label middle quiet", kLeftOfLines + kLinesWidth / 2, kBottomOfLines + 40, x_axis);
}

/// A name at the right end of a line.
struct EndLabel {
  double x, y;
  std::string words;
};

/// One below the other with some room between, near where their lines end.
std::string draw_end_labels(std::vector<EndLabel> labels) {
  std::stable_sort(labels.begin(), labels.end(),
                   [](const EndLabel& a, const EndLabel& b) { return a.y < b.y; });
  double lowest = kTopOfLines - kBetweenNames;
  for (EndLabel& label : labels) lowest = label.y = std::max(label.y, lowest + kBetweenNames);
  double highest = kBottomOfLines + kBetweenNames;
  for (auto label = labels.rbegin(); label != labels.rend(); ++label)
    highest = label->y = std::min(label->y, highest - kBetweenNames);
  std::string drawing;
  for (const EndLabel& label : labels)
    drawing += svg::text("label strong", label.x + 8, label.y + 5, label.words);
  return drawing;
}

/// What is drawn of a curve: a corner for each place on the axis at most.
struct Corner {
  double x, y, low, high;
};

std::vector<Corner> corners_of(const SurvivalCurve& curve, const Axes& axes, bool happened) {
  const auto corner = [&](const SurvivalPoint& point, double days) {
    const auto y = [&](double share) { return axes.y(100 * (happened ? 1 - share : share)); };
    return Corner{axes.x(days), y(point.share), y(point.interval.low), y(point.interval.high)};
  };
  SurvivalPoint before;
  before.interval = {1, 1};
  std::vector<Corner> corners = {corner(before, 0)};
  for (const SurvivalPoint& point : curve.points) {
    if (point.days > axes.x_ticks.back()) break;
    Corner next = corner(point, point.days);
    next.x = std::round(next.x * 2) / 2;
    if (corners.size() > 1 && next.x == corners.back().x) corners.pop_back();
    corners.push_back(next);
  }
  Corner end = corners.back();
  end.x = std::max(end.x, axes.x(curve.longest));
  corners.push_back(end);
  return corners;
}

std::string steps(const std::vector<Corner>& corners, double Corner::*y) {
  std::string data;
  for (size_t i = 1; i < corners.size(); ++i)
    data += fmt::format(" H{:.1f} V{:.1f}", corners[i].x, corners[i].*y);
  return data;
}

/// There along the lower limit, and back along the upper one.
std::string band(const std::vector<Corner>& corners) {
  std::string data =
      fmt::format("M{:.1f} {:.1f}", corners.front().x, corners.front().low) + steps(corners, &Corner::low);
  data += fmt::format(" V{:.1f}", corners.back().high);
  for (size_t i = corners.size() - 1; i > 0; --i)
    data += fmt::format(" V{:.1f} H{:.1f}", corners[i - 1].high, corners[i - 1].x);
  return data + " Z";
}

}  // namespace

std::string survival_chart(const std::vector<SurvivalArm>& arms, const SurvivalChart& options) {
  double until = options.until_days, highest = 0.01;
  for (const SurvivalArm& arm : arms) {
    if (options.until_days <= 0) until = std::max(until, arm.curve.longest);
  }
  Axes axes;
  axes.x_ticks = nice_ticks(0, std::clamp(until, 1.0, kLongestDays), 6);
  for (const SurvivalArm& arm : arms) {
    for (const SurvivalPoint& point : arm.curve.points) {
      if (point.days <= axes.x_ticks.back()) highest = std::max(highest, 1 - point.interval.low);
    }
  }
  axes.y_ticks = nice_ticks(0, options.happened ? std::min(1.0, highest) * 100 : 100, 4);
  std::string drawing = svg::open(kBottomOfLines + 74 + 20 * static_cast<double>(arms.size()), options.label);
  drawing += draw_axes(axes, "", "%", options.axis, options.happened ? "share that has" : "share still open");
  std::vector<EndLabel> labels;
  std::string bands, curves;
  for (const SurvivalArm& arm : arms) {
    const std::vector<Corner> corners = corners_of(arm.curve, axes, options.happened);
    const SurvivalPoint last = at_days(arm.curve, std::min(arm.curve.longest, axes.x_ticks.back()));
    const double share = options.happened ? 1 - last.share : last.share;
    const std::string tip = fmt::format(
        "{}: {} of {}, {} by day {:.0f}", arm.name, grouped(static_cast<int64_t>(arm.curve.happened)),
        grouped(static_cast<int64_t>(arm.curve.subjects)), percent(share), last.days);
    if (!arm.curve.points.empty()) bands += svg::path(arm.muted ? "band muted" : "band", band(corners), tip);
    curves += svg::path(
        arm.muted ? "curve muted" : "curve",
        fmt::format("M{:.1f} {:.1f}", corners.front().x, corners.front().y) + steps(corners, &Corner::y),
        tip);
    labels.push_back({kLeftOfLines + kLinesWidth, corners.back().y,
                      fmt::format("{} {}", svg::shortened(arm.name, kMaxLineName), percent(share))});
  }
  drawing += bands + curves + draw_end_labels(std::move(labels));
  double y = kBottomOfLines + 62;
  drawing +=
      svg::text("label end quiet", kLeftOfLines - 34, y, svg::shortened(options.at_risk_name, kMaxLineName));
  for (const SurvivalArm& arm : arms) {
    y += 20;
    drawing += svg::text("label end", kLeftOfLines - 34, y, svg::shortened(arm.name, kMaxLineName));
    for (const double tick : axes.x_ticks) {
      drawing += svg::text("label middle", axes.x(tick), y,
                           grouped(static_cast<int64_t>(at_days(arm.curve, tick).at_risk)));
    }
  }
  return drawing + "</svg>\n";
}

}  // namespace abm::measure
