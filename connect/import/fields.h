// What a column may become.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace abm::connect {

/// In the order of generation::kSourceFields, then attributes.
enum class ImportField : uint8_t {
  kId,
  kCrmId,
  kParent,
  kName,
  kDomains,
  kTier,
  kSegments,
  kIndustry,
  kCountry,
  kRegion,
  kStage,
  kPlay,
  kOwner,
  kEmployees,
  kRevenueUsd,
  kIntent,
  kEngagement,
  kNetworks,
  kAsns,
  kOrganizations,
  kExclude,
  kRole,
  kVisits7d,
  kVisits30d,
  kPeople7d,
  kPeople30d,
  kQuietDays,
  kFirstSeenDays,
  kAttribute
};
/// "employees", or "attributes.NAME".
[[nodiscard]] std::string field_text(ImportField field, std::string_view attribute);

}  // namespace abm::connect
