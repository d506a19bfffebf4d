#include "connect/networks/npm_registry.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "base/child.h"
#include "base/file.h"
#include "base/text.h"
#include "connect/http/url.h"

namespace abm::connect {
namespace {

constexpr size_t kMaxNpmrcBytes = 1u << 20;
constexpr size_t kMaxNpmAnswer = 64u << 10;
constexpr std::chrono::seconds kNpmPatience{30};
constexpr std::string_view kNpmVariables = "npm_config_", kRegistryKey = "registry";
constexpr std::string_view kNameAnother = "name a registry, or the package's archive: --from asn=URL_OR_FILE";

/// The value of `key` in an npmrc, which is an ini file: the last one counts, `;` and `#` begin remarks, and
/// a value may stand in quotes. "": it is not there.
std::string npmrc_value(std::string_view text, std::string_view key) {
  std::string found;
  bool top = true;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end), " \t\r");
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('[')) top = false;
    const size_t equals = line.find('=');
    if (!top || equals == line.npos || trimmed(line.substr(0, equals), " \t\"'") != key) continue;
    std::string_view value = trimmed(line.substr(equals + 1), " \t");
    const bool quoted =
        value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
    value = quoted ? value.substr(1, value.size() - 2) : trimmed(value.substr(0, value.find_first_of(";#")));
    found = value;
  }
  return found;
}

struct FoundRegistry {
  std::string address;  ///< "": npm itself must be asked
  std::string where;    ///< for people
};

/// Of the first file that names it. A value with `${NAME}` is left to npm, which fills it in.
std::optional<FoundRegistry> in_files(const std::vector<std::string>& files, std::string_view key) {
  for (const std::string& path : files) {
    const auto text = read_file(path, kMaxNpmrcBytes);
    if (!text) continue;
    std::string value = npmrc_value(*text, key);
    if (value.find("${") != value.npos) return FoundRegistry{{}, path};
    if (!value.empty()) return FoundRegistry{std::move(value), path};
  }
  return std::nullopt;
}

Result<FoundRegistry> ask_npm(const NpmPlaces& places, const std::string& key) {
  ChildRequest request;
  request.words = {places.program, "config", "get", key};
  request.environment = places.environment;
  // It is asked from the root, so that no project's npmrc counts; it fetches nothing and leaves no log.
  request.folder = "/";
  for (const std::string_view quiet : {"npm_config_offline=true", "npm_config_update_notifier=false",
                                       "npm_config_logs_max=0", "npm_config_loglevel=silent", "LC_ALL=C"})
    request.environment.emplace_back(quiet);
  request.what = fmt::format("'npm config get {}'", key);
  request.max_output = kMaxNpmAnswer;
  request.longest = kNpmPatience;
  const auto answer = ask_child(request);
  if (!answer)
    return Error{fmt::format("npm's registry is not known ({}): {}", answer.message(), kNameAnother)};
  // What npm complains of is not passed on: it may quote its configuration.
  if (answer->status != 0)
    return Error{fmt::format("npm's registry is not known ({} failed with status {}): {}", request.what,
                             answer->status, kNameAnother)};
  std::string_view out = trimmed(answer->out, " \t\r\n");
  out = trimmed(out.substr(out.find_last_of('\n') + 1), " \t\r");  // npos + 1 is 0: after what wrappers print
  return FoundRegistry{std::string(out), request.what};
}

}  // namespace

NpmPlaces npm_places() {
  NpmPlaces places;
  std::string user, global, prefix, home;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    const size_t equals = std::min(variable.find('='), variable.size());
    const std::string name = ascii_lower(variable.substr(0, equals));
    const std::string_view value = variable.substr(std::min(equals + 1, variable.size()));
    if (variable.starts_with("HOME=")) home = value;
    if (!name.starts_with(kNpmVariables) && !variable.starts_with("HOME=")) continue;
    places.environment.emplace_back(variable);
    if (value.empty()) continue;
    const std::string_view key = std::string_view(name).substr(std::min(kNpmVariables.size(), name.size()));
    if (key == kRegistryKey) places.registry = value;
    if (key == "userconfig") user = value;
    if (key == "globalconfig") global = value;
    if (key == "prefix") prefix = value;
  }
  if (user.empty() && !home.empty()) user = home + "/.npmrc";
  if (!user.empty()) places.files.push_back(user);
  if (!global.empty()) {
    places.files.push_back(global);
  } else if (!prefix.empty()) {
    places.files.push_back(prefix + "/etc/npmrc");
  } else {
    places.files.insert(places.files.end(), {"/usr/local/etc/npmrc", "/usr/etc/npmrc", "/etc/npmrc"});
  }
  return places;
}

Result<std::string> npm_registry(const NpmPlaces& places, std::string_view scope) {
  std::string key = fmt::format("{}:{}", scope, kRegistryKey);
  auto found = in_files(places.files, key);
  if (!found.has_value()) {
    key = kRegistryKey;
    found = places.registry.empty() ? in_files(places.files, key)
                                    : FoundRegistry{places.registry, "npm_config_registry"};
  }
  if (!found.has_value() || found->address.empty()) {
    auto asked = ask_npm(places, key);
    if (!asked) return asked.error();
    found = std::move(*asked);
  }
  auto plain = plain_address(found->address);
  if (!plain.has_value()) {
    return Error{
        fmt::format("npm's registry is not an address of the form https://host/path (according to {}): {}",
                    found->where, kNameAnother)};
  }
  while (plain->ends_with('/')) plain->pop_back();
  return *plain;
}

}  // namespace abm::connect
