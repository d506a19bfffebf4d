// A live source, as site.yaml or a test names it: whom to ask, what for, how often, and where the secrets
// are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connect/http/http_settings.h"

namespace abm::connect {

enum class LiveKind : uint8_t { kHubspot, kSalesforce };

inline constexpr std::string_view kHubspotUrl = "https://api.hubapi.com";
inline constexpr std::string_view kSalesforceVersion = "v60.0";

struct LiveSettings {
  LiveKind kind = LiveKind::kHubspot;
  bool opportunities = false;  ///< it is asked for those (HubSpot: deals), not for companies
  /// Of the table and the state that are kept: [a-z0-9][a-z0-9-]{0,63}, unique in a site.
  std::string name;
  /// HubSpot: of the API. Salesforce: where one logs in, https://NAME.my.salesforce.com.
  std::string url{kHubspotUrl};
  // Absolute paths of files that only their owner may read.
  std::string token_file;          ///< HubSpot
  std::string client_id_file;      ///< Salesforce
  std::string client_secret_file;  ///< Salesforce
  /// HubSpot: names of properties; empty: those that the import knows.
  std::vector<std::string> properties;
  std::string soql;                            ///< Salesforce
  std::string version{kSalesforceVersion};     ///< Salesforce: of its API
  int64_t every_seconds = 900;                 ///< from one reading to the next
  int64_t whole_seconds = 86'400;              ///< after which everything is read again, not only changes
  std::optional<uint32_t> max_shrink_percent;  ///< of the records; none: only an empty answer is suspicious
  std::string proxy;                           ///< as in HttpSettings
  std::string ca;                              ///< as in HttpSettings
  int64_t timeout_seconds = 20;

  friend bool operator==(const LiveSettings&, const LiveSettings&) = default;
};

[[nodiscard]] std::string_view to_string(LiveKind kind) noexcept;
/// One of HubSpot's internal names, such as numberofemployees.
[[nodiscard]] bool is_hubspot_property(std::string_view name);
/// What is asked for if nothing is named: the properties that the import knows, of companies or of deals.
[[nodiscard]] std::vector<std::string> known_hubspot_properties(bool opportunities);

/// What is wrong with them, for people; the error begins with the setting's name.
[[nodiscard]] Result<void> check_settings(const LiveSettings& settings);

[[nodiscard]] HttpSettings http_settings(const LiveSettings& settings);

/// Hash of what makes it this source and no other: kind, address, and the files that its secrets are in. What
/// was read of another one of the same name is of no use.
[[nodiscard]] std::string source_hash(const LiveSettings& settings);

/// The first line of a file that only its owner, who is this user or root, may read. Letters, digits and
/// signs, no blanks, at most 4,096 bytes.
[[nodiscard]] Result<std::string> read_secret_file(const std::string& path);

}  // namespace abm::connect
