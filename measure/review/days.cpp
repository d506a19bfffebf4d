#include "measure/review/days.h"

#include <charconv>
#include <chrono>
#include <optional>

#include <fmt/format.h>

namespace abm::measure {
namespace {

constexpr int kFirstYear = 1971;  // days before 1970 have no number

/// The Monday of the week that `day` is in. 1970-01-01 was a Thursday.
constexpr Day monday_of(Day day) noexcept {
  return day - (day + 3) % 7;
}

/// All of `text` as a number without sign.
std::optional<int> digits_of(std::string_view text) {
  int value = 0;
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Day day_of_date(int year, unsigned month, unsigned day) {
  using namespace std::chrono;
  const sys_days date = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return static_cast<Day>(date.time_since_epoch().count());
}

/// ISO 8601: the first week of a year is the one that has 4 January; 28 December is always in the last.
std::optional<Day> monday_of_week(std::string_view text) {
  if (text.size() != 8 || text[4] != '-' || (text[5] != 'W' && text[5] != 'w')) return std::nullopt;
  const auto year = digits_of(text.substr(0, 4));
  const auto week = digits_of(text.substr(6));
  if (!year.has_value() || !week.has_value() || *year < kFirstYear || *week < 1) return std::nullopt;
  const Day monday = monday_of(day_of_date(*year, 1, 4)) + 7 * (*week - 1);
  if (monday > monday_of(day_of_date(*year, 12, 28))) return std::nullopt;
  return monday;
}

/// A week is of the year that its Thursday is in.
std::string week_name(Day monday) {
  using namespace std::chrono;
  const year_month_day thursday{sys_days(std::chrono::days(monday + 3))};
  const int year = static_cast<int>(thursday.year());
  return fmt::format("{:04}-W{:02}", year, (monday + 3 - day_of_date(year, 1, 1)) / 7 + 1);
}

}  // namespace

Result<ReviewDays> review_days(std::string_view week, Day today) {
  ReviewDays days;
  days.until = today;
  days.before = today - 7;
  if (week.empty()) return days;
  const auto monday = week == "last" ? monday_of(today) - 7 : monday_of_week(week);
  if (!monday.has_value())
    return Error{fmt::format("--week '{}' is not a week such as 2026-W48, nor 'last'", week)};
  if (*monday > today)
    return Error{fmt::format("--week '{}' begins on {}: it has not begun yet", week, to_string(*monday))};
  days.week = week_name(*monday);
  days.before = *monday - 1;
  days.over = *monday + 6 < today;
  days.until = days.over ? *monday + 6 : today;
  return days;
}

}  // namespace abm::measure
