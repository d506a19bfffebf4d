// The fields of an account: their names, kinds and the tiers. One table for the feed, the snapshot and the
// rules.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace abm::accounts {

enum class Tier : uint8_t { kUntiered = 0, kOneToMany = 1, kOneToFew = 2, kOneToOne = 3 };

[[nodiscard]] constexpr std::string_view to_string(Tier tier) noexcept {
  switch (tier) {
    case Tier::kOneToOne:
      return "one-to-one";
    case Tier::kOneToFew:
      return "one-to-few";
    case Tier::kOneToMany:
      return "one-to-many";
    case Tier::kUntiered:
      return "untiered";
  }
  return "untiered";
}

/// Accepts the full names and the short forms `1:1`, `1:few`, `1:many`.
[[nodiscard]] constexpr std::optional<Tier> tier_from(std::string_view text) noexcept {
  if (text == "one-to-one" || text == "1:1") return Tier::kOneToOne;
  if (text == "one-to-few" || text == "1:few") return Tier::kOneToFew;
  if (text == "one-to-many" || text == "1:many") return Tier::kOneToMany;
  if (text == "untiered") return Tier::kUntiered;
  return std::nullopt;
}

/// Fields with one text value. An empty value is the same as a missing one.
enum class TextField : uint8_t {
  kId,
  kName,
  kDomain,
  kIndustry,
  kCountry,
  kRegion,
  kStage,
  kPlay,
  kOwner,
  kParent
};
inline constexpr size_t kTextFields = 10;
/// Feed and placeholder names, in enum order. `domain` is the first of the feed's `domains`.
inline constexpr std::array<std::string_view, kTextFields> kTextFieldNames = {
    "id", "name", "domain", "industry", "country", "region", "stage", "play", "owner", "parent"};

/// Fields with one number.
enum class NumberField : uint8_t { kEmployees, kRevenueUsd, kIntent, kEngagement };
inline constexpr size_t kNumberFields = 4;
inline constexpr std::array<std::string_view, kNumberFields> kNumberFieldNames = {"employees", "revenue_usd",
                                                                                  "intent", "engagement"};

// Limits of the feed; the bounds check of the snapshot enforces the same ones.
inline constexpr size_t kMaxIdBytes = 64;
inline constexpr size_t kMaxTextBytes = 1024;
inline constexpr size_t kMaxAttributes = 64;
inline constexpr size_t kMaxSegments = 256;
inline constexpr size_t kMaxDomains = 256;
inline constexpr size_t kMaxOrganizations = 1024;
inline constexpr size_t kMaxNetworks = 65536;  ///< and AS numbers

/// `[a-z0-9][a-z0-9._-]{0,63}`
[[nodiscard]] bool is_account_id(std::string_view text) noexcept;

/// One account as the feed gives it, owned. What the snapshot keeps: everything but networks, asns,
/// organizations.
struct Account {
  std::array<std::string, kTextFields> text;                  ///< by TextField
  std::array<std::optional<int64_t>, kNumberFields> numbers;  ///< by NumberField
  Tier tier = Tier::kUntiered;
  bool exclude = false;
  std::vector<std::string> domains;  ///< lower case; the first is TextField::kDomain too
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> attributes;  ///< sorted by name, names unique
  std::vector<std::string> networks;  ///< prefixes as written, checked by the parser
  std::vector<uint32_t> asns;
  std::vector<std::string> organizations;
  uint64_t line = 0;  ///< of the feed, 1-based

  [[nodiscard]] const std::string& id() const noexcept { return text[static_cast<size_t>(TextField::kId)]; }
  [[nodiscard]] const std::string& name() const noexcept {
    return text[static_cast<size_t>(TextField::kName)];
  }
};

}  // namespace abm::accounts
