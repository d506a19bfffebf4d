// Fields have fixed widths, so no locale and no strptime.
#include "base/timestamp.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

namespace abm {
namespace {

/// Two or four digits at `at`.
std::optional<int> digits(std::string_view text, size_t at, size_t count) noexcept {
  if (at + count > text.size()) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

constexpr int64_t kFirst = -62167219200;  // 0000-01-01T00:00:00Z
constexpr int64_t kLast = 253402300799;   // 9999-12-31T23:59:59Z

}  // namespace

std::optional<int64_t> parse_rfc3339(std::string_view text) noexcept {
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't')) return std::nullopt;
  if (text[13] != ':' || text[16] != ':' || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;

  size_t at = 19;
  if (at < text.size() && text[at] == '.') {
    const size_t first = ++at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    if (at == first) return std::nullopt;
  }
  int offset = 0;  // seconds east of UTC
  const std::string_view zone = text.substr(at);
  if (zone != "Z" && zone != "z") {
    const auto hours = digits(zone, 1, 2);
    const auto minutes = digits(zone, 4, 2);
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    offset = (*hours * 3600 + *minutes * 60) * (zone[0] == '-' ? -1 : 1);
  }
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return days * 86400 + *hour * 3600 + *minute * 60 + *second - offset;
}

std::optional<int64_t> parse_written_time(std::string_view text) noexcept {
  constexpr std::string_view kSeconds = ":00";
  constexpr size_t kMinutesEnd = 16, kLongestOffset = 6;  // "2026-11-01T00:00", "-04:00"
  if (text.size() <= kMinutesEnd || text.size() > kMinutesEnd + kLongestOffset ||
      std::string_view("Zz+-").find(text[kMinutesEnd]) == std::string_view::npos) {
    return parse_rfc3339(text);
  }
  std::array<char, kMinutesEnd + kSeconds.size() + kLongestOffset> full;
  char* end = std::copy_n(text.data(), kMinutesEnd, full.data());
  end = std::copy(kSeconds.begin(), kSeconds.end(), end);
  end = std::copy(text.begin() + kMinutesEnd, text.end(), end);
  return parse_rfc3339({full.data(), static_cast<size_t>(end - full.data())});
}

std::string format_rfc3339(int64_t unix_seconds) {
  using std::chrono::floor, std::chrono::seconds, std::chrono::days;
  const std::chrono::sys_seconds time{seconds(std::clamp(unix_seconds, kFirst, kLast))};
  const auto midnight = floor<days>(time);
  const std::chrono::year_month_day date(midnight);
  const auto second = (time - midnight).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), second / 3600,
                     second / 60 % 60, second % 60);
}

}  // namespace abm
