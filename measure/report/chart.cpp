#include "measure/report/chart.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "measure/report/html.h"

namespace abm::measure {
namespace {

// In units of the drawing, which the page scales to its width.
constexpr double kWidth = 960;
constexpr double kRow = 34;      // of bars and intervals
constexpr double kNames = 190;   // room for the names of rows
constexpr double kNotes = 220;   // room after the rows
constexpr double kAxis = 46;     // below the plot
constexpr size_t kMaxName = 26;  // characters of a row's name

std::string open_svg(double height, std::string_view label) {
  return fmt::format("<svg class=\"chart\" viewBox=\"0 0 {} {:.0f}\" role=\"img\" aria-label=\"{}\">\n",
                     kWidth, height, escaped(label));
}

std::string line(std::string_view kind, double x1, double y1, double x2, double y2) {
  return fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", kind,
                     x1, y1, x2, y2);
}

std::string text(std::string_view kind, double x, double y, std::string_view words) {
  return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", kind, x, y, escaped(words));
}

std::string rectangle(std::string_view kind, double x, double y, double width, double height,
                      std::string_view tip) {
  return fmt::format(
      "<rect class=\"{}\" x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" "
      "height=\"{:.2f}\"><title>{}</title></rect>\n",
      kind, x, y, std::max(width, 0.0), std::max(height, 0.0), escaped(tip));
}

/// Cut to `limit` characters.
std::string shortened(std::string_view words, size_t limit) {
  size_t characters = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    if ((static_cast<unsigned char>(words[i]) & 0xc0) == 0x80) continue;
    if (characters++ == limit) return std::string(words.substr(0, i)) + "…";
  }
  return std::string(words);
}

/// 1,200 or 12.5: as many decimals as the step between ticks has.
std::string tick_text(double value, double step) {
  if (step >= 1) return grouped(static_cast<int64_t>(std::llround(value)));
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 1, 6);
  const std::string words = fmt::format("{:.{}f}", value, decimals);
  return words.find_first_not_of("-0.") == std::string::npos ? "0" : words;
}

/// "2026-11-03" → "3 Nov".
std::string short_day(std::string_view day) {
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (day.size() != 10) return std::string(day);
  const int month = (day[5] - '0') * 10 + (day[6] - '0');
  if (month < 1 || month > 12) return std::string(day);
  return fmt::format("{} {}", day[8] == '0' ? day.substr(9, 1) : day.substr(8, 2), kMonths[month - 1]);
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
  std::string svg = open_svg(kTop + kPlot + kAxis, label) + legend(14, total_name, part_name);
  for (const double tick : ticks) {
    svg += line(tick == 0 ? "axis" : "grid", kLeft, y_of(tick), kWidth, y_of(tick));
    svg += text("label end", kLeft - 8, y_of(tick) + 5, tick_text(tick, step));
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
    svg += rectangle("fill-2", x, y_of(total), width, y_of(part) - y_of(total), tip);
    svg += rectangle("fill-1", x, y_of(part), width, y_of(0) - y_of(part), tip);
    if (i % every == 0) svg += text("label middle", x + width / 2, kTop + kPlot + 22, short_day(day.day));
  }
  return svg + "</svg>\n";
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
  std::string svg = open_svg(bottom + kAxis, label);
  for (const double tick : ticks) {
    svg += line(tick == 0 ? "axis" : "grid", x_of(tick), 0, x_of(tick), bottom);
    svg += text("label middle", x_of(tick), bottom + 18, tick_text(tick, step));
  }
  svg += text("label middle quiet", kNames + plot / 2, bottom + 38, axis);
  for (size_t i = 0; i < bars.size(); ++i) {
    const Bar& bar = bars[i];
    const double y = kRow * static_cast<double>(i) + 6;
    const auto whole = static_cast<double>(bar.whole.value_or(bar.value));
    const std::string tip = fmt::format("{}: {} {}", bar.name, grouped(bar.value), bar.note);
    if (bar.whole.has_value()) svg += rectangle("track", kNames, y, x_of(whole) - kNames, kRow - 12, tip);
    svg += rectangle("fill-1", kNames, y, x_of(static_cast<double>(bar.value)) - kNames, kRow - 12, tip);
    svg += text("label end", kNames - 10, y + 16, shortened(bar.name, kMaxName));
    svg += text("label strong", std::max(x_of(whole), kNames) + 8, y + 16,
                bar.note.empty() ? grouped(bar.value) : bar.note);
  }
  return svg + "</svg>\n";
}

std::string interval_chart(const std::vector<IntervalRow>& rows, const IntervalChart& options) {
  double low = 0, high = 0;
  for (const IntervalRow& row : rows) {
    low = std::min(low, row.interval.low);
    high = std::max(high, row.interval.high);
  }
  const std::vector<double> ticks = nice_ticks(low * 100, high * 100, 6);
  const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : 1;
  const double bottom = kRow * static_cast<double>(rows.size()) + 4;
  const double plot = kWidth - kNames - kNotes - 20;
  const auto x_of = [&](double share) {
    return kNames + (share * 100 - ticks.front()) / (ticks.back() - ticks.front()) * plot;
  };
  std::string svg = open_svg(bottom + kAxis, options.label);
  for (const double tick : ticks) {
    const bool zero = options.zero_line && std::fabs(tick) < step / 1000;
    svg += line(zero ? "zero" : "grid", x_of(tick / 100), 0, x_of(tick / 100), bottom);
    svg += text("label middle", x_of(tick / 100), bottom + 18, tick_text(tick, step) + options.unit);
  }
  svg += text("label middle quiet", kNames + plot / 2, bottom + 38, options.axis);
  for (size_t i = 0; i < rows.size(); ++i) {
    const IntervalRow& row = rows[i];
    const double y = kRow * static_cast<double>(i) + kRow / 2;
    const std::string_view muted = row.muted ? " muted" : "";
    svg += fmt::format("<g><title>{}: {}</title>\n", escaped(row.name), escaped(row.note));
    svg += line(fmt::format("whisker{}", muted), x_of(row.interval.low), y, x_of(row.interval.high), y);
    for (const double end : {row.interval.low, row.interval.high})
      svg += line(fmt::format("whisker{}", muted), x_of(end), y - 6, x_of(end), y + 6);
    svg += fmt::format("<circle class=\"dot{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"6\"/></g>\n", muted,
                       x_of(row.estimate), y);
    svg += text("label end", kNames - 10, y + 5, shortened(row.name, kMaxName));
    svg += text("label strong", kNames + plot + 20, y + 5, row.note);
  }
  return svg + "</svg>\n";
}

}  // namespace abm::measure
