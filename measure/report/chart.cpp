#include "measure/report/chart.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "measure/report/html.h"
#include "measure/report/svg.h"

namespace abm::measure {
namespace {

using svg::kWidth;
using svg::line;
using svg::rectangle;
using svg::shortened;
using svg::text;
using svg::tick_text;

constexpr double kRow = 34;      // of bars and intervals
constexpr double kNames = 190;   // room for the names of rows
constexpr double kNotes = 220;   // room after the rows
constexpr double kAxis = 46;     // below the plot
constexpr size_t kMaxName = 26;  // characters of a row's name
constexpr size_t kMaxArmName = 22;

/// "2026-11-03" → "3 Nov".
std::string short_day(std::string_view day) {
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (day.size() != 10) return std::string(day);
  const int month = (day[5] - '0') * 10 + (day[6] - '0');
  if (month < 1 || month > 12) return std::string(day);
  return fmt::format("{} {}", day[8] == '0' ? day.substr(9, 1) : day.substr(8, 2), kMonths[month - 1]);
}

/// 500, 20k, 1.5M, 3B.
std::string short_amount(double value, double step) {
  const double of = std::fabs(value);
  if (of >= 1e9) return tick_text(value / 1e9, step / 1e9) + "B";
  if (of >= 1e6) return tick_text(value / 1e6, step / 1e6) + "M";
  if (of >= 1e4) return tick_text(value / 1e3, step / 1e3) + "k";
  return tick_text(value, step);
}

/// What can be drawn: not a number and next to nothing are 0.
double finite(double value) noexcept {
  constexpr double kMost = 1e15, kLeast = 1e-9;
  return std::isnan(value) || std::fabs(value) < kLeast ? 0 : std::clamp(value, -kMost, kMost);
}

/// Dots with their intervals; what they are is times `scale` what stands on the axis as `tick_words` says.
template <typename TickWords>
std::string draw_intervals(const std::vector<IntervalRow>& rows, const IntervalChart& options, double scale,
                           TickWords tick_words) {
  double low = 0, high = 0;
  for (const IntervalRow& row : rows) {
    for (const double value : {row.interval.low, row.estimate, row.interval.high}) {
      low = std::min(low, finite(value));
      high = std::max(high, finite(value));
    }
  }
  const std::vector<double> ticks = nice_ticks(low * scale, high * scale, scale == 1 ? 4 : 6);
  const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : 1;
  const double bottom = kRow * static_cast<double>(rows.size()) + 4;
  const double plot = kWidth - kNames - kNotes - 20;
  const auto x_of = [&](double value) {
    return kNames + (finite(value) * scale - ticks.front()) / (ticks.back() - ticks.front()) * plot;
  };
  std::string drawing = svg::open(bottom + kAxis, options.label);
  for (const double tick : ticks) {
    const bool zero = options.zero_line && std::fabs(tick) < step / 1000;
    drawing += line(zero ? "zero" : "grid", x_of(tick / scale), 0, x_of(tick / scale), bottom);
    drawing += text("label middle", x_of(tick / scale), bottom + 18, tick_words(tick, step));
  }
  drawing += text("label middle quiet", kNames + plot / 2, bottom + 38, options.axis);
  for (size_t i = 0; i < rows.size(); ++i) {
    const IntervalRow& row = rows[i];
    const double y = kRow * static_cast<double>(i) + kRow / 2;
    const std::string_view muted = row.muted ? " muted" : "";
    drawing += fmt::format("<g><title>{}: {}</title>\n", escaped(row.name), escaped(row.note));
    drawing += line(fmt::format("whisker{}", muted), x_of(row.interval.low), y, x_of(row.interval.high), y);
    for (const double end : {row.interval.low, row.interval.high})
      drawing += line(fmt::format("whisker{}", muted), x_of(end), y - 6, x_of(end), y + 6);
    drawing += fmt::format("<circle class=\"dot{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"6\"/></g>\n", muted,
                           x_of(row.estimate), y);
    drawing += text("label end", kNames - 10, y + 5, shortened(row.name, kMaxName));
    drawing += text("label strong", kNames + plot + 20, y + 5, row.note);
  }
  return drawing + "</svg>\n";
}

std::string legend(double y, std::string_view total_name, std::string_view part_name) {
  const double second = kWidth - 20 - 7.5 * static_cast<double>(part_name.size());
  const double first = second - 50 - 7.5 * static_cast<double>(total_name.size());
  return fmt::format("<rect class=\"fill-2\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"12\" height=\"12\"/>\n", first,
                     y - 11) +
         text("label", first + 18, y, total_name) +
         fmt::format("<rect class=\"fill-1\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"12\" height=\"12\"/>\n",
                     second, y - 11) +
         text("label", second + 18, y, part_name);
}

}  // namespace

std::vector<double> nice_ticks(double low, double high, int wanted) {
  if (!(high > low)) high = low + 1;
  const double raw = (high - low) / std::max(1, wanted);
  const double power = std::pow(10, std::floor(std::log10(raw)));
  const double mantissa = raw / power;
  const double step = power * (mantissa <= 1.000001   ? 1
                               : mantissa <= 2.000001 ? 2
                               : mantissa <= 5.000001 ? 5
                                                      : 10);
  std::vector<double> ticks;
  const auto first = static_cast<int64_t>(std::floor(low / step + 1e-9));
  const auto last = static_cast<int64_t>(std::ceil(high / step - 1e-9));
  for (int64_t i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

std::string day_chart(const std::vector<DayColumn>& days, std::string_view label, std::string_view total_name,
                      std::string_view part_name) {
  constexpr double kLeft = 64, kTop = 34, kPlot = 200;
  int64_t highest = 1;
  for (const DayColumn& day : days) highest = std::max(highest, day.total);
  std::vector<double> ticks = nice_ticks(0, static_cast<double>(highest), 4);
  std::erase_if(ticks, [](double tick) { return tick != std::floor(tick); });  // visits come whole
  const double top = ticks.back(), step = ticks.size() > 1 ? ticks[1] - ticks[0] : 1;
  const auto y_of = [&](double value) { return kTop + kPlot - value / top * kPlot; };
  std::string drawing = svg::open(kTop + kPlot + kAxis, label) + legend(14, total_name, part_name);
  for (const double tick : ticks) {
    drawing += line(tick == 0 ? "axis" : "grid", kLeft, y_of(tick), kWidth, y_of(tick));
    drawing += text("label end", kLeft - 8, y_of(tick) + 5, tick_text(tick, step));
  }
  const double pitch = (kWidth - kLeft) / static_cast<double>(std::max<size_t>(days.size(), 1));
  const double width = std::min(pitch * 0.78, 60.0);
  const size_t every = (days.size() + 9) / 10;
  for (size_t i = 0; i < days.size(); ++i) {
    const DayColumn& day = days[i];
    const double x = kLeft + pitch * static_cast<double>(i) + (pitch - width) / 2;
    const auto total = static_cast<double>(day.total), part = static_cast<double>(day.part);
    const std::string tip =
        fmt::format("{}: {}, {} {}", day.day, counted(day.total, "visit"), grouped(day.part), part_name);
    drawing += rectangle("fill-2", x, y_of(total), width, y_of(part) - y_of(total), tip);
    drawing += rectangle("fill-1", x, y_of(part), width, y_of(0) - y_of(part), tip);
    if (i % every == 0) drawing += text("label middle", x + width / 2, kTop + kPlot + 22, short_day(day.day));
  }
  return drawing + "</svg>\n";
}

std::string bar_chart(const std::vector<Bar>& bars, std::string_view label, std::string_view axis) {
  int64_t longest = 1;
  for (const Bar& bar : bars) longest = std::max({longest, bar.value, bar.whole.value_or(0)});
  std::vector<double> ticks = nice_ticks(0, static_cast<double>(longest), 5);
  std::erase_if(ticks, [](double tick) { return tick != std::floor(tick); });
  const double end = ticks.back(), step = ticks.size() > 1 ? ticks[1] - ticks[0] : 1;
  const double bottom = kRow * static_cast<double>(bars.size()) + 4;
  const double plot = kWidth - kNames - kNotes;
  const auto x_of = [&](double value) { return kNames + value / end * plot; };
  std::string drawing = svg::open(bottom + kAxis, label);
  for (const double tick : ticks) {
    drawing += line(tick == 0 ? "axis" : "grid", x_of(tick), 0, x_of(tick), bottom);
    drawing += text("label middle", x_of(tick), bottom + 18, tick_text(tick, step));
  }
  drawing += text("label middle quiet", kNames + plot / 2, bottom + 38, axis);
  for (size_t i = 0; i < bars.size(); ++i) {
    const Bar& bar = bars[i];
    const double y = kRow * static_cast<double>(i) + 6;
    const auto whole = static_cast<double>(bar.whole.value_or(bar.value));
    const std::string tip = fmt::format("{}: {} {}", bar.name, grouped(bar.value), bar.note);
    if (bar.whole.has_value()) drawing += rectangle("track", kNames, y, x_of(whole) - kNames, kRow - 12, tip);
    drawing += rectangle("fill-1", kNames, y, x_of(static_cast<double>(bar.value)) - kNames, kRow - 12, tip);
    drawing += text("label end", kNames - 10, y + 16, shortened(bar.name, kMaxName));
    drawing += text("label strong", std::max(x_of(whole), kNames) + 8, y + 16,
                    bar.note.empty() ? grouped(bar.value) : bar.note);
  }
  return drawing + "</svg>\n";
}

std::string interval_chart(const std::vector<IntervalRow>& rows, const IntervalChart& options) {
  return draw_intervals(rows, options, 100,
                        [&](double tick, double step) { return tick_text(tick, step) + options.unit; });
}

std::string amount_chart(const std::vector<IntervalRow>& rows, const AmountChart& options) {
  const IntervalChart look{options.label, options.axis, "", options.zero_line};
  return draw_intervals(rows, look, 1, [&](double tick, double step) {
    const std::string words = short_amount(tick, step);
    return options.currency.empty() ? words : fmt::format("{} {}", options.currency, words);
  });
}

std::string funnel_chart(const std::vector<FunnelArm>& arms, const FunnelChart& options) {
  const auto share_of = [](const FunnelArm& arm, size_t step) {
    const double all = arm.counts.empty() ? 0 : static_cast<double>(arm.counts[0]);
    return all > 0 && step < arm.counts.size()
               ? std::clamp(static_cast<double>(arm.counts[step]) / all, 0.0, 1.0)
               : 0;
  };
  double largest = 0.01;
  for (const FunnelArm& arm : arms) {
    for (size_t step = 1; step < options.steps.size(); ++step)
      largest = std::max(largest, share_of(arm, step));
  }
  const std::vector<double> ticks = nice_ticks(0, largest * 100, 5);
  const double end = ticks.back(), tick_step = ticks[1] - ticks[0];
  constexpr double kGap = 16, kHeading = 22;
  const double group = kHeading + kRow * static_cast<double>(arms.size()) + kGap;
  const size_t groups = options.steps.empty() ? 0 : options.steps.size() - 1;
  const double bottom = group * static_cast<double>(groups);
  const double plot = kWidth - kNames - kNotes;
  const auto x_of = [&](double percent) { return kNames + percent / end * plot; };
  std::string drawing = svg::open(bottom + kAxis, options.label);
  for (const double tick : ticks) {
    drawing += line(tick == 0 ? "axis" : "grid", x_of(tick), 0, x_of(tick), bottom);
    drawing += text("label middle", x_of(tick), bottom + 18, tick_text(tick, tick_step) + "%");
  }
  drawing += text("label middle quiet", kNames + plot / 2, bottom + 38, options.axis);
  for (size_t step = 1; step <= groups; ++step) {
    const double top = group * static_cast<double>(step - 1);
    drawing += text("label strong", kNames + 6, top + 16, shortened(options.steps[step], 2 * kMaxArmName));
    for (size_t i = 0; i < arms.size(); ++i) {
      const FunnelArm& arm = arms[i];
      const double y = top + kHeading + kRow * static_cast<double>(i), share = share_of(arm, step);
      const int64_t count = step < arm.counts.size() ? arm.counts[step] : 0;
      const std::string of =
          fmt::format("{} of {}", grouped(count), grouped(arm.counts.empty() ? 0 : arm.counts[0]));
      drawing += rectangle(arm.muted ? "fill-1 muted" : "fill-1", kNames, y + 4, x_of(share * 100) - kNames,
                           kRow - 12,
                           fmt::format("{}, {}: {}, {}", arm.name, options.steps[step], percent(share), of));
      drawing += text("label end", kNames - 10, y + 20, shortened(arm.name, kMaxArmName));
      drawing += text("label strong", x_of(share * 100) + 8, y + 20, percent(share) + " · " + of);
    }
  }
  return drawing + "</svg>\n";
}

}  // namespace abm::measure
