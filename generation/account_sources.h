// `accounts: sources:` of site.yaml: exports and feeds that are merged into one list of accounts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "accounts/account.h"
#include "base/diagnostic.h"
#include "rules/ast.h"

namespace abm::generation {

/// Whose export a file is. What columns each has: connect/import/presets.cpp.
enum class SourceKind : uint8_t {
  kCsv,  ///< anybody's: told by its header, else by general words
  kHubspot,
  kSalesforce,
  kSixsense,
  kDemandbase,
  kRollworks,
  kBombora,
  kG2,
  kZoominfo,
  kCognism,
  kApollo,
  kLinkedin,
  kFeed  ///< an account feed (accounts/1)
};
/// The keys of site.yaml, in enum order.
inline constexpr std::array<std::string_view, 13> kSourceKinds = {
    "csv", "hubspot",  "salesforce", "6sense", "demandbase", "rollworks", "bombora",
    "g2",  "zoominfo", "cognism",    "apollo", "linkedin",   "feed"};

/// What a column may become; also `attributes.NAME`.
inline constexpr std::array<std::string_view, 28> kSourceFields = {
    "id",          "crm_id",    "parent",     "name",      "domains",    "tier",          "segments",
    "industry",    "country",   "region",     "stage",     "play",       "owner",         "employees",
    "revenue_usd", "intent",    "engagement", "networks",  "asns",       "organizations", "exclude",
    "role",        "visits_7d", "visits_30d", "people_7d", "people_30d", "quiet_days",    "first_seen_days"};
inline constexpr std::string_view kAttributeField = "attributes.";

/// Kinds that opportunities come from, and what a column of theirs may become.
inline constexpr std::array<SourceKind, 4> kOpportunityKinds = {
    SourceKind::kCsv, SourceKind::kHubspot, SourceKind::kSalesforce, SourceKind::kDemandbase};
inline constexpr std::array<std::string_view, 15> kOpportunityFields = {
    "id",       "account_id", "crm_id", "domain",   "company",   "name",   "stage", "amount",
    "currency", "created",    "closed", "modified", "is_closed", "is_won", "type"};

/// One entry of `map:`.
struct ColumnChoice {
  std::string field;                 ///< of kSourceFields, or attributes.NAME; or of kOpportunityFields
  std::vector<std::string> columns;  ///< by header; empty: this field is not taken
  double times = 1;                  ///< what numbers are multiplied with
  /// Of an attribute: text, number, yes-no, date, date-dmy, date-mdy; "": text. Of an opportunity's dates.
  std::string read;
  Position at;
};
inline constexpr std::array<std::string_view, 6> kColumnReads = {"text", "number",   "yes-no",
                                                                 "date", "date-dmy", "date-mdy"};

/// Where a setting stands, for messages of those who know more of it.
struct SettingPlace {
  std::string key;
  Position at;
  std::string line;  ///< the whole line
};

/// A system that is asked itself. connect/live/settings.h knows what its settings may be.
struct LiveInput {
  std::string name;            ///< of its table: [a-z0-9][a-z0-9-]{0,63}, unique in the site
  bool opportunities = false;  ///< it is asked for those, not for companies
  std::string url;             ///< HubSpot: of its API, "": the usual one; Salesforce: of the login
  std::string token_file, client_id_file, client_secret_file;  ///< absolute paths
  std::vector<std::string> properties;                         ///< HubSpot; empty: the usual ones
  std::string soql;                                            ///< Salesforce
  std::string version;                                         ///< Salesforce; "": the usual one
  int64_t every_seconds = 900;
  std::optional<uint32_t> max_shrink_percent;  ///< its own, or else that of `accounts:`
  std::string proxy, ca;                       ///< as in AccountsInput, and from there by default
  int64_t timeout_seconds = 20;
  std::vector<SettingPlace> places;
};

/// DATA/live has the tables of live sources.
inline constexpr std::string_view kLiveFolder = "live";

/// Of accounts, or of opportunities.
struct AccountSource {
  SourceKind kind = SourceKind::kCsv;
  /// Absolute path, of a live source of its table in the data folder; of kFeed also a URL.
  std::string from;
  std::optional<LiveInput> live;  ///< of kHubspot and kSalesforce, if they are asked and not a file
  std::string verify_key;         ///< of kFeed: absolute path, "" if none
  std::string encoding;           ///< "": found in the file
  std::optional<char> delimiter;
  bool intent = false;  ///< adds to accounts that other sources have; makes none
  std::vector<ColumnChoice> map;
  Position at;
};

/// One field of `values:`: the sources' words → ours. Words compare without case.
struct ValueWords {
  std::string field;
  std::vector<std::pair<std::string, std::string>> words;
};

/// One entry of `tiers:`.
struct TierRule {
  accounts::Tier tier = accounts::Tier::kUntiered;
  rules::Condition when;
};

enum class SameCompany : uint8_t { kDomain, kCrmId };

struct AccountSources {
  std::string tenant;
  std::vector<AccountSource> sources;
  std::vector<ValueWords> values;
  std::vector<TierRule> tiers;
  SameCompany same_company = SameCompany::kDomain;
  bool roll_up = false;  ///< subsidiaries become part of the company above them
};

}  // namespace abm::generation
