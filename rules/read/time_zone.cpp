#include "rules/read/time_zone.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace abm::rules {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxZoneDepth = 3;  // America/Argentina/Ushuaia
constexpr std::string_view kZoneMagic = "TZif";

/// Where zone files are, for this file and for the library alike.
fs::path zone_folder() {
  const char* const folder = std::getenv("TZDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/usr/share/zoneinfo";
}

bool is_plain(const std::string& name) {
  return !name.empty() && name.front() != '/' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
}

/// Second copies of the database: one as it is, one that counts leap seconds, which Unix time does not.
bool is_copy(std::string_view name) noexcept {
  return name == "posix" || name == "right" || name.starts_with("posix/") || name.starts_with("right/");
}

bool is_zone_file(const fs::path& path) {
  std::array<char, kZoneMagic.size()> magic{};
  std::ifstream file(path, std::ios::binary);
  return file.read(magic.data(), magic.size()) && std::string_view(magic.data(), magic.size()) == kZoneMagic;
}

bool load_zone(const std::string& name, absl::TimeZone& zone) {
  return is_plain(name) && !is_copy(name) && absl::LoadTimeZone(name, &zone);
}

}  // namespace

bool is_time_zone(const std::string& name) {
  absl::TimeZone zone;
  return load_zone(name, zone);
}

std::optional<LocalTime> local_time(const std::string& zone, int64_t local) {
  absl::TimeZone loaded;
  if (!load_zone(zone, loaded)) return std::nullopt;
  const absl::CivilSecond civil = absl::ToCivilSecond(absl::FromUnixSeconds(local), absl::UTCTimeZone());
  const absl::TimeZone::TimeInfo info = loaded.At(civil);
  LocalTime result;
  result.offset_before = local - absl::ToUnixSeconds(info.pre);
  result.offset_after = local - absl::ToUnixSeconds(info.post);
  switch (info.kind) {
    case absl::TimeZone::TimeInfo::UNIQUE:
      break;
    case absl::TimeZone::TimeInfo::SKIPPED:
      result.kind = LocalTime::Kind::kSkipped;
      break;
    case absl::TimeZone::TimeInfo::REPEATED:
      result.kind = LocalTime::Kind::kRepeated;
      break;
  }
  result.time = absl::ToUnixSeconds(info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre);
  return result;
}

std::vector<std::string> time_zone_names() {
  std::vector<std::string> names;
  const fs::path folder = zone_folder();
  std::error_code code;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, code), end;
  for (; !code && at != end; at.increment(code)) {
    const std::string name = at->path().lexically_relative(folder).generic_string();
    std::error_code ignored;
    if (at->is_directory(ignored)) {
      if (is_copy(name) || at.depth() + 1 >= kMaxZoneDepth) at.disable_recursion_pending();
    } else if (is_plain(name) && is_zone_file(at->path())) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace abm::rules
