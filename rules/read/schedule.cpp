#include "rules/read/schedule.h"

#include <date/tz.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "rules/read/checker.h"

namespace abm::rules {
namespace {

/// Contains the zone library's exceptions. Null for an unknown zone or an unreadable database.
const date::time_zone* find_zone(const std::string& name) noexcept {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return nullptr;
  }
}

std::optional<date::local_info> local_info(const std::string& zone, date::local_seconds time) noexcept {
  try {
    const date::time_zone* found = find_zone(zone);
    if (found == nullptr) return std::nullopt;
    return found->get_info(time);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::vector<std::string> zone_names() noexcept {
  std::vector<std::string> names;
  try {
    for (const date::time_zone& zone : date::get_tzdb().zones) names.push_back(zone.name());
  } catch (const std::exception&) {
    names.clear();
  }
  return names;
}

std::string offset_text(std::chrono::seconds offset) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(offset).count();
  return fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60,
                     std::abs(minutes) % 60);
}

/// "YYYY-MM-DD", "YYYY-MM-DDTHH:MM" or "YYYY-MM-DDTHH:MM:SS", completed to RFC 3339 by `rest`.
std::optional<std::string> completed(std::string_view text) {
  constexpr std::string_view kRest = "T00:00:00Z";
  switch (text.size()) {
    case 10:
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

Result<int64_t> resolve(std::string_view text, date::local_seconds local, const std::string& timezone) {
  const auto info = local_info(timezone, local);
  if (!info)
    return Error{fmt::format("{}: timezone '{}' could not be read", yaml::in_quotes(text), timezone)};
  const int64_t seconds = local.time_since_epoch().count();
  switch (info->result) {
    case date::local_info::unique:
      return seconds - info->first.offset.count();
    case date::local_info::nonexistent:
      return Error{fmt::format(
          "{} does not exist in {}: the clocks skip from offset {} to {} over it, write another time",
          yaml::in_quotes(text), timezone, offset_text(info->first.offset),
          offset_text(info->second.offset))};
    default:
      return Error{
          fmt::format("{} happens twice in {}: append the offset {} for the first or {} for the second",
                      yaml::in_quotes(text), timezone, offset_text(info->first.offset),
                      offset_text(info->second.offset))};
  }
}

}  // namespace

std::string timezone_fault(const std::string& name) {
  // Only names of the form Area/City (and UTC) reach the database, which opens a file of that name.
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
  if (plain && name.front() != '/' && find_zone(name) != nullptr) return {};
  const std::vector<std::string> names = zone_names();
  if (names.empty()) return "cannot be looked up: this machine has no time zone database (install tzdata)";
  const std::vector<std::string_view> views(names.begin(), names.end());
  return fmt::format("is not in the time zone database{}", did_you_mean(name, views));
}

Result<int64_t> read_time(std::string_view text, const std::string& timezone) {
  if (text.find('.') != text.npos) return bad_time(text);
  if (const auto time = parse_rfc3339(text)) return *time;
  const auto local = completed(text);
  const auto seconds = local ? parse_rfc3339(*local) : std::nullopt;
  if (!seconds) return bad_time(text);
  if (timezone.empty()) {
    return Error{
        fmt::format("{} has no offset and no file sets 'timezone': append an offset such as +01:00 or Z",
                    yaml::in_quotes(text))};
  }
  return resolve(text, date::local_seconds(std::chrono::seconds(*seconds)), timezone);
}

}  // namespace abm::rules
