#include "connect/live/settings.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/new_file.h"
#include "base/text.h"
#include "connect/http/url.h"
#include "connect/live/soql.h"

namespace abm::connect {
namespace {

constexpr size_t kMaxNameBytes = 64;
constexpr size_t kMaxSecretBytes = 4096;
constexpr size_t kMaxProperties = 100;
constexpr size_t kMaxPropertyBytes = 100;
constexpr int64_t kMinEverySeconds = 10;

bool is_name(std::string_view name) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; };
  return !name.empty() && name.size() <= kMaxNameBytes && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), good);
}

/// v60.0
bool is_version(std::string_view version) {
  if (version.size() < 4 || version.size() > 6 || version[0] != 'v' || !version.ends_with(".0")) return false;
  const std::string_view number = version.substr(1, version.size() - 3);
  return std::all_of(number.begin(), number.end(), is_digit);
}

Result<void> check_hubspot(const LiveSettings& settings) {
  if (settings.token_file.empty()) return Error{"token_file: name the file that holds the token"};
  if (settings.properties.size() > kMaxProperties)
    return Error{fmt::format("properties: more than {}", kMaxProperties)};
  for (const std::string& property : settings.properties) {
    if (!is_hubspot_property(property))
      return Error{fmt::format(
          "properties: '{}' is not an internal name such as numberofemployees: HubSpot shows it beside the "
          "property's label",
          property)};
  }
  return {};
}

Result<void> check_salesforce(const LiveSettings& settings) {
  if (settings.client_id_file.empty())
    return Error{"client_id_file: name the file that holds the consumer key"};
  if (settings.client_secret_file.empty())
    return Error{"client_secret_file: name the file that holds the consumer secret"};
  if (!is_version(settings.version))
    return Error{fmt::format("version: '{}' is not of the form {}", settings.version, kSalesforceVersion)};
  if (auto query = parse_soql(settings.soql); !query) return Error{fmt::format("soql: {}", query.message())};
  return {};
}

}  // namespace

// What comes from a label would only be ignored by its servers.
bool is_hubspot_property(std::string_view name) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_'; };
  return !name.empty() && name.size() <= kMaxPropertyBytes && std::all_of(name.begin(), name.end(), good);
}

std::vector<std::string> known_hubspot_properties(bool opportunities) {
  if (opportunities)
    return {"dealname",
            "dealstage",
            "pipeline",
            "amount",
            "deal_currency_code",
            "createdate",
            "closedate",
            "hs_lastmodifieddate",
            "hs_is_closed",
            "hs_is_closed_won",
            "dealtype",
            "hs_primary_associated_company",
            "amount_in_home_currency"};
  return {"name",    "domain", "website",        "industry",         "numberofemployees",   "annualrevenue",
          "country", "state",  "lifecyclestage", "hubspot_owner_id", "hs_parent_company_id"};
}

std::string_view to_string(LiveKind kind) noexcept {
  return kind == LiveKind::kHubspot ? "hubspot" : "salesforce";
}

Result<void> check_settings(const LiveSettings& settings) {
  if (!is_name(settings.name))
    return Error{fmt::format("name: '{}' is not of the form [a-z0-9][a-z0-9-]{{0,63}}", settings.name)};
  if (auto good = check_secret_url(settings.url); !good)
    return Error{
        fmt::format("{}: {}", settings.kind == LiveKind::kHubspot ? "url" : "login", good.message())};
  if (settings.every_seconds < kMinEverySeconds)
    return Error{fmt::format("every: {} s is less than {} s", settings.every_seconds, kMinEverySeconds)};
  return settings.kind == LiveKind::kHubspot ? check_hubspot(settings) : check_salesforce(settings);
}

std::string source_hash(const LiveSettings& settings) {
  return hash128(fmt::format("{}\n{}\n{}\n{}\n{}{}", to_string(settings.kind), settings.url,
                             settings.token_file, settings.client_id_file, settings.client_secret_file,
                             settings.opportunities ? "\nopportunities" : ""))
      .hex();
}

HttpSettings http_settings(const LiveSettings& settings) {
  HttpSettings http;
  http.proxy = settings.proxy;
  http.ca = settings.ca;
  http.stall = std::chrono::seconds(settings.timeout_seconds);
  return http;
}

Result<std::string> read_secret_file(const std::string& path) {
  const std::string name = path_for_people(path);
  auto fd = open_regular_file(path);
  if (!fd) return fd.error();
  struct stat info {};
  if (::fstat(fd->get(), &info) != 0) return errno_error(name, errno);
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error{
        fmt::format("{}: others may read or write this secret (mode {:04o}): run chmod 600 on it, and "
                    "have a new secret made if others could have seen it",
                    name, info.st_mode & 07777)};
  }
  if (info.st_uid != ::geteuid() && info.st_uid != 0 && ::geteuid() != 0) {
    return Error{fmt::format("{}: this secret belongs to {}: it must belong to {}", name,
                             user_text(info.st_uid), user_text(::geteuid()))};
  }
  auto text = read_all(fd->get(), name, kMaxSecretBytes);
  if (!text) return text.error();
  const std::string_view line = trimmed(std::string_view(*text).substr(0, text->find('\n')), " \t\r");
  if (line.empty()) return Error{fmt::format("{}: the first line is empty: it must be the secret", name)};
  if (!std::all_of(line.begin(), line.end(), [](char c) { return c > 0x20 && c < 0x7f; })) {
    return Error{
        fmt::format("{}: the first line is no secret: blanks and characters beyond ASCII do not occur "
                    "in one",
                    name)};
  }
  return std::string(line);
}

}  // namespace abm::connect
