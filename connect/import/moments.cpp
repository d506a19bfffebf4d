#include "connect/import/moments.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/invisible.h"
#include "base/text.h"

namespace abm::connect {
namespace {

constexpr int64_t kDayMs = 86'400'000;

/// "2026-11-30" → its first moment in UTC.
int64_t day_ms(std::string_view date) {
  int year = 0;
  unsigned month = 0, day = 0;
  std::from_chars(date.data(), date.data() + 4, year);
  std::from_chars(date.data() + 5, date.data() + 7, month);
  std::from_chars(date.data() + 8, date.data() + 10, day);
  const std::chrono::year_month_day ymd{std::chrono::year(year), std::chrono::month(month),
                                        std::chrono::day(day)};
  return std::chrono::sys_days(ymd).time_since_epoch().count() * kDayMs;
}

struct TimeOfDay {
  int64_t ms = 0;  ///< since midnight, in UTC if the offset is known
  bool known = false, zoned = false, wrong = false;
  bool zone_unknown = false;  ///< it has one, which may be anywhere
};

/// At least one digit, at most two; -1: none.
int take_two_digits(std::string_view& text) {
  int value = 0;
  size_t count = 0;
  while (count < 2 && count < text.size() && is_digit(text[count]))
    value = value * 10 + (text[count++] - '0');
  text.remove_prefix(count);
  return count == 0 ? -1 : value;
}

struct ZoneName {
  std::string_view name;
  int minutes;  ///< east of UTC
};
/// North America's as in RFC 5322, section 4.3; of the others those that mean one zone wherever they are
/// used.
constexpr ZoneName kZones[] = {
    {"z", 0},       {"ut", 0},      {"utc", 0},    {"gmt", 0},    {"est", -300}, {"edt", -240},
    {"cst", -360},  {"cdt", -300},  {"mst", -420}, {"mdt", -360}, {"pst", -480}, {"pdt", -420},
    {"akst", -540}, {"akdt", -480}, {"hst", -600}, {"wet", 0},    {"west", 60},  {"bst", 60},
    {"cet", 60},    {"cest", 120},  {"mez", 60},   {"mesz", 120}, {"eet", 120},  {"eest", 180},
    {"msk", 180},   {"jst", 540},   {"kst", 540},  {"sgt", 480},  {"hkt", 480},  {"awst", 480},
    {"acst", 570},  {"acdt", 630},  {"aest", 600}, {"aedt", 660}, {"nzst", 720}, {"nzdt", 780}};

/// Hyphens, dashes and the minus sign of text programs as "-".
std::string with_plain_minus(std::string_view text) {
  std::string out(text);
  for (const std::string_view dash : {"\u2010", "\u2011", "\u2012", "\u2013", "\u2212", "\ufe63", "\uff0d"}) {
    for (size_t at = out.find(dash); at != out.npos; at = out.find(dash, at))
      out.replace(at, dash.size(), "-");
  }
  return out;
}

/// Offset east of UTC in minutes: "z", "+02:00", "+0200", "-04", "est", "gmt+2", "gmt+0100 (…)".
std::optional<int> take_offset(std::string_view text) {
  if (const size_t comment = text.find_first_of("(["); comment != text.npos && comment != 0)
    text = trimmed(text.substr(0, comment));
  for (const ZoneName& zone : kZones) {
    if (text == zone.name) return zone.minutes;
  }
  if (text.starts_with("gmt") || text.starts_with("utc")) text = trimmed(text.substr(3));
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const int hours = take_two_digits(text);
  if (text.starts_with(':')) text.remove_prefix(1);
  const int minutes = text.empty() ? 0 : take_two_digits(text);
  if (!text.empty() || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  return sign * (hours * 60 + minutes);
}

/// The first "H:MM" in a text in lower case, with what follows it.
TimeOfDay time_in(std::string_view text) {
  TimeOfDay out;
  const size_t colon = text.find(':');
  if (colon == text.npos || colon == 0 || !is_digit(text[colon - 1])) return out;
  size_t from = colon - 1;
  if (from > 0 && is_digit(text[from - 1])) --from;
  text.remove_prefix(from);
  out.known = true;
  int hour = take_two_digits(text);
  text.remove_prefix(1);
  const int minute = take_two_digits(text);
  int second = 0;
  int64_t millisecond = 0;
  if (text.size() > 1 && text[0] == ':' && is_digit(text[1])) {
    text.remove_prefix(1);
    second = take_two_digits(text);
    if (text.size() > 1 && (text[0] == '.' || text[0] == ',') && is_digit(text[1])) {
      text.remove_prefix(1);
      int64_t scale = 100;
      for (; !text.empty() && is_digit(text[0]); text.remove_prefix(1), scale /= 10)
        millisecond += scale * (text[0] - '0');
    }
  }
  text = trimmed(text);
  if (text.starts_with("am") || text.starts_with("pm")) {
    if (hour < 1 || hour > 12) out.wrong = true;
    hour = hour % 12 + (text[0] == 'p' ? 12 : 0);
    text = trimmed(text.substr(2));
  }
  if (hour > 23 || minute < 0 || minute > 59 || second > 60) out.wrong = true;
  const auto offset = take_offset(text);
  out.zoned = offset.has_value();
  out.zone_unknown = !out.zoned && !text.empty() && text != "h" && text != "hrs" && text != "uhr";
  out.ms =
      ((hour * 60 + minute - offset.value_or(0)) * 60 + std::min(second, 59)) * int64_t{1000} + millisecond;
  return out;
}

/// Unix milliseconds or seconds, or 20261130.
bool read_digits(std::string_view text, MomentCell& out) {
  if (!std::all_of(text.begin(), text.end(), is_digit)) return false;
  constexpr size_t kSecondsDigits = 10, kDayDigits = 8;
  constexpr int64_t kMostMs = 7'258'118'400'000;  // 2200-01-01
  int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{} || end != text.data() + text.size()) return false;
  if (text.size() == kDayDigits) {
    const DateCell day =
        read_date_cell(std::string(text.substr(0, 4)) + "-" + std::string(text.substr(4, 2)) + "-" +
                           std::string(text.substr(6)),
                       DateOrder::kUnknown);
    if (!day.fault.empty()) return false;
    out.ms = day_ms(day.date);
    out.day_only = true;
    return true;
  }
  if (text.size() == kSecondsDigits) {
    out.ms = number * 1000;
    return true;
  }
  if (text.size() <= kSecondsDigits || number > kMostMs) return false;
  out.ms = number;
  return true;
}

}  // namespace

MomentCell read_moment_cell(std::string_view cell, DateOrder order) {
  MomentCell out;
  const std::string given = cell_text(cell);
  if (given.empty()) return out;
  if (read_digits(given, out)) return out;
  const DateCell day = read_date_cell(given, DateOrder::kDayFirst);
  const DateCell month = read_date_cell(given, DateOrder::kMonthFirst);
  if (!day.fault.empty() && !month.fault.empty()) {
    out.fault = "is not a date";
    return out;
  }
  const std::string lower = ascii_lower(with_plain_minus(as_it_looks(given)));
  const TimeOfDay time = time_in(lower);
  if (time.wrong) {
    out.fault = "is not a time of day";
    return out;
  }
  if (time.zone_unknown) {
    out.fault = "has a time zone that is not known (write it as an offset, such as -05:00)";
    return out;
  }
  out.day_only = !time.known;
  out.zoneless = time.known && !time.zoned;
  const bool day_wanted = order == DateOrder::kDayFirst, month_wanted = order == DateOrder::kMonthFirst;
  if ((day_wanted && !day.fault.empty()) || (month_wanted && !month.fault.empty())) {
    out.fault = day_wanted ? "is not a date with its day first" : "is not a date with its month first";
    return out;
  }
  if (day.fault.empty() != month.fault.empty())
    out.order = day.fault.empty() ? DateOrder::kDayFirst : DateOrder::kMonthFirst;
  const std::string& first = month_wanted || !day.fault.empty() ? month.date : day.date;
  out.ms = day_ms(first) + time.ms;
  if (order == DateOrder::kUnknown && out.order == DateOrder::kUnknown && day.date != month.date)
    out.month_first = day_ms(month.date) + time.ms;
  return out;
}

}  // namespace abm::connect
