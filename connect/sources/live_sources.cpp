#include "connect/sources/live_sources.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/file.h"
#include "connect/http/url.h"
#include "connect/live/live_state.h"
#include "connect/sync/state_file.h"
#include "generation/data_folder.h"
#include "generation/folder.h"

namespace abm::connect {
namespace {

using generation::AccountSource;
using generation::LiveInput;
using generation::SourceKind;

constexpr std::string_view kStatePrefix = "live-";
constexpr std::string_view kStateSuffix = ".json";
constexpr std::string_view kTableSuffix = ".csv";

/// The names of files in a folder that have this beginning and end, without them.
std::vector<std::string> names_between(const std::string& folder, std::string_view prefix,
                                       std::string_view suffix) {
  std::vector<std::string> names;
  std::error_code code;
  std::filesystem::directory_iterator entry(folder, code);
  for (; !code && entry != std::filesystem::directory_iterator(); entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    if (name.size() <= prefix.size() + suffix.size() || name.front() == '.' || !name.starts_with(prefix) ||
        !name.ends_with(suffix))
      continue;
    names.push_back(name.substr(prefix.size(), name.size() - prefix.size() - suffix.size()));
  }
  return names;
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

/// Of accounts, then of opportunities.
std::vector<const AccountSource*> all_live(const generation::Site& site) {
  std::vector<const AccountSource*> all;
  const auto add = [&all](const std::vector<AccountSource>& sources) {
    for (const AccountSource& source : sources) {
      if (source.live.has_value()) all.push_back(&source);
    }
  };
  add(site.accounts.merge.sources);
  if (site.outcomes.has_value()) add(site.outcomes->sources);
  return all;
}

const generation::SettingPlace* place_of_setting(const LiveInput& live, std::string_view key) {
  const auto found = std::find_if(live.places.begin(), live.places.end(),
                                  [key](const auto& place) { return place.key == key; });
  return found == live.places.end() ? nullptr : &*found;
}

}  // namespace

LiveSettings live_settings(const AccountSource& source) {
  const LiveInput& live = *source.live;
  LiveSettings settings;
  settings.kind = source.kind == SourceKind::kHubspot ? LiveKind::kHubspot : LiveKind::kSalesforce;
  settings.opportunities = live.opportunities;
  settings.name = live.name;
  if (!live.url.empty()) settings.url = live.url;
  settings.token_file = live.token_file;
  settings.client_id_file = live.client_id_file;
  settings.client_secret_file = live.client_secret_file;
  settings.soql = live.soql;
  if (!live.version.empty()) settings.version = live.version;
  settings.every_seconds = live.every_seconds;
  settings.max_shrink_percent = live.max_shrink_percent;
  settings.proxy = live.proxy;
  settings.ca = live.ca;
  settings.timeout_seconds = live.timeout_seconds;
  if (settings.kind != LiveKind::kHubspot) return settings;
  settings.properties = live.properties;
  for (const generation::ColumnChoice& choice : source.map) {
    for (const std::string& column : choice.columns) {
      if (!is_hubspot_property(column)) continue;  // "Record ID"
      if (settings.properties.empty()) settings.properties = known_hubspot_properties(live.opportunities);
      add_once(settings.properties, column);
    }
  }
  return settings;
}

std::vector<LiveSettings> live_sources(const generation::Site& site) {
  std::vector<LiveSettings> sources;
  for (const AccountSource* source : all_live(site)) sources.push_back(live_settings(*source));
  return sources;
}

void check_live_sources(const generation::Site& site, Diagnostics& diagnostics) {
  for (const AccountSource* source : all_live(site)) {
    const auto good = check_settings(live_settings(*source));
    if (good) continue;
    const std::string& message = good.message();
    const auto* place =
        place_of_setting(*source->live, std::string_view(message).substr(0, message.find(':')));
    place != nullptr ? diagnostics.error(site.file, place->at, message, place->line)
                     : diagnostics.error(site.file, source->at, message);
  }
}

std::string live_source_name(SourceKind kind, std::string_view name) {
  return fmt::format("{} ({})", kind == SourceKind::kHubspot ? "HubSpot" : "Salesforce", name);
}

std::string name_for_people(const AccountSource& source) {
  if (source.live.has_value()) return live_source_name(source.kind, source.live->name);
  return source.from.starts_with('/') ? path_for_people(source.from) : url_for_people(source.from);
}

namespace {

/// DATA of DATA/live/NAME.csv.
std::string data_of_table(const AccountSource& source) {
  return std::filesystem::path(source.from).parent_path().parent_path().string();
}

}  // namespace

std::optional<int64_t> asked_at(const AccountSource& source) {
  if (!source.live.has_value()) return std::nullopt;
  const auto state = read_live_state(data_of_table(source), source.live->name);
  if (!state || !state->has_value() || (*state)->attempts.succeeded_at == 0) return std::nullopt;
  return (*state)->attempts.succeeded_at;
}

std::string why_no_table(const AccountSource& source) {
  if (!source.live.has_value()) return {};
  const std::string data_dir = data_of_table(source);
  const LiveSettings settings = live_settings(source);
  const auto state = read_live_state(data_dir, settings.name);
  // What another system or account said under this name stands for nothing.
  const bool known = state && state->has_value() && (*state)->source == source_hash(settings);
  struct stat info {};
  if (known && (*state)->attempts.succeeded_at != 0 && ::stat(source.from.c_str(), &info) == 0) return {};
  std::string fault =
      fmt::format("{} was never read: run abmctl sync", live_source_name(source.kind, settings.name));
  if (known && !(*state)->attempts.fault.empty())
    fault += fmt::format(" (the last time: {})", (*state)->attempts.fault);
  return fault;
}

std::vector<std::string> kept_live_sources(const std::string& data_dir) {
  auto names = names_between(fmt::format("{}/{}", data_dir, kStateFolder), kStatePrefix, kStateSuffix);
  std::sort(names.begin(), names.end());
  return names;
}

void forget_live_sources(const std::string& data_dir, const std::vector<LiveSettings>& wanted) {
  std::vector<std::string> old = kept_live_sources(data_dir);
  const std::string tables = fmt::format("{}/{}", data_dir, kLiveFolder);
  for (const std::string& name : names_between(tables, "", kTableSuffix)) add_once(old, name);
  std::erase_if(old, [&wanted](const std::string& name) {
    return std::any_of(wanted.begin(), wanted.end(),
                       [&](const auto& settings) { return settings.name == name; });
  });
  if (old.empty()) return;
  const auto folder = generation::open_folder(fmt::format("{}/{}", data_dir, kStateFolder));
  if (!folder) return;
  for (const std::string& name : old) {
    const std::string lock_name = fmt::format(".lock-live-{}", name);
    const auto lock = generation::take_lock(*folder, lock_name, "sync");
    if (!lock) continue;
    std::error_code code;
    std::filesystem::remove(live_table_path(data_dir, name), code);
    std::filesystem::remove(folder->path_of(fmt::format("{}{}{}", kStatePrefix, name, kStateSuffix)), code);
    std::filesystem::remove(folder->path_of(lock_name), code);
  }
}

}  // namespace abm::connect
