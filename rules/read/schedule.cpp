#include "rules/read/schedule.h"

#include <cstdlib>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "rules/read/checker.h"
#include "rules/read/time_zone.h"

namespace abm::rules {
namespace {

constexpr size_t kDateSize = 10;  // "2026-11-01"

std::string offset_text(int64_t seconds) {
  const int64_t minutes = seconds / 60;
  return fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60,
                     std::abs(minutes) % 60);
}

/// "YYYY-MM-DD", "YYYY-MM-DDTHH:MM" or "YYYY-MM-DDTHH:MM:SS", completed to RFC 3339 by `rest`.
std::optional<std::string> completed(std::string_view text) {
  constexpr std::string_view kRest = "T00:00:00Z";
  switch (text.size()) {
    case kDateSize:
      return fmt::format("{}{}", text, kRest);
    case 16:
      return fmt::format("{}:00Z", text);
    case 19:
      return fmt::format("{}Z", text);
    default:
      return std::nullopt;
  }
}

Error bad_time(std::string_view text) {
  return Error{
      fmt::format("{} is not a time: write 2026-11-01T09:00:00+01:00, or 2026-11-01T09:00 or 2026-11-01 with "
                  "'timezone' set",
                  yaml::in_quotes(text))};
}

Error skipped(std::string_view text, const std::string& timezone, const LocalTime& local) {
  return Error{fmt::format(
      "{} does not exist in {}: the clocks skip from offset {} to {} over it, write another time",
      yaml::in_quotes(text), timezone, offset_text(local.offset_before), offset_text(local.offset_after))};
}

Error repeated(std::string_view text, const std::string& timezone, const LocalTime& local) {
  const std::string first = offset_text(local.offset_before), second = offset_text(local.offset_after);
  if (text.size() != kDateSize) {
    return Error{
        fmt::format("{} happens twice in {}: append the offset {} for the first or {} for the second",
                    yaml::in_quotes(text), timezone, first, second)};
  }
  return Error{fmt::format(
      "{} has two midnights in {}, where the clocks are put back: write {}T00:00{} for the first or "
      "{}T00:00{} for the second",
      yaml::in_quotes(text), timezone, text, first, text, second)};
}

Result<int64_t> resolve(std::string_view text, int64_t seconds, const std::string& timezone) {
  const auto local = local_time(timezone, seconds);
  if (!local)
    return Error{fmt::format("{}: timezone '{}' could not be read", yaml::in_quotes(text), timezone)};
  if (local->kind == LocalTime::Kind::kRepeated) return repeated(text, timezone, *local);
  // A day begins when the clocks first show it, at midnight or not.
  const bool is_date = text.size() == kDateSize;
  if (local->kind == LocalTime::Kind::kSkipped && !is_date) return skipped(text, timezone, *local);
  return local->time;
}

}  // namespace

std::string timezone_fault(const std::string& name) {
  if (is_time_zone(name)) return {};
  const std::vector<std::string> names = time_zone_names();
  if (names.empty()) return "cannot be looked up: this machine has no time zone database (install tzdata)";
  const std::vector<std::string_view> views(names.begin(), names.end());
  return fmt::format("is not in the time zone database{}", did_you_mean(name, views));
}

Result<int64_t> read_time(std::string_view text, const std::string& timezone) {
  if (text.find('.') != text.npos) return bad_time(text);
  if (const auto time = parse_written_time(text)) return *time;
  const auto local = completed(text);
  const auto seconds = local ? parse_rfc3339(*local) : std::nullopt;
  if (!seconds) return bad_time(text);
  if (timezone.empty()) {
    return Error{
        fmt::format("{} has no offset and no file sets 'timezone': append an offset such as +01:00 or Z",
                    yaml::in_quotes(text))};
  }
  return resolve(text, *seconds, timezone);
}

}  // namespace abm::rules
