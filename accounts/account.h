// The fields of an account: names, kinds and tiers. One table for the feed, the snapshot and the rules.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "accounts/text_check.h"

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
  kParent,
  kMoved  ///< what last moved its tier, stage or play, and until when; for people, not for conditions
};
inline constexpr size_t kTextFields = 11;
/// Feed and placeholder names, in enum order. `domain` is the first of the feed's `domains`.
inline constexpr std::array<std::string_view, kTextFields> kTextFieldNames = {
    "id", "name", "domain", "industry", "country", "region", "stage", "play", "owner", "parent", "moved"};

/// Fields with one number. Those from kVisits7d on count visits, as of the day of the snapshot (UTC): of that
/// day and the 6 or 29 before it. People are person-days: somebody who comes on two days counts twice.
enum class NumberField : uint8_t {
  kEmployees,
  kRevenueUsd,
  kIntent,
  kEngagement,
  kVisits7d,
  kVisits30d,
  kPeople7d,
  kPeople30d,
  kQuietDays,     ///< whole days since the last visit; 0: the same day
  kFirstSeenDays  ///< whole days since the first visit
};
inline constexpr size_t kNumberFields = 10;
inline constexpr std::array<std::string_view, kNumberFields> kNumberFieldNames = {
    "employees",  "revenue_usd", "intent",     "engagement", "visits_7d",
    "visits_30d", "people_7d",   "people_30d", "quiet_days", "first_seen_days"};

// Limits of the feed; the snapshot's bounds check uses the same ones.
inline constexpr size_t kMaxIdBytes = 64;
inline constexpr size_t kMaxAttributes = 64;
inline constexpr size_t kMaxSegments = 256;
inline constexpr size_t kMaxDomains = 256;
inline constexpr size_t kMaxOrganizations = 1024;
inline constexpr size_t kMaxNetworks = 65536;  ///< and AS numbers
inline constexpr size_t kMaxPages = 64;
inline constexpr size_t kMaxPageBytes = 256;  ///< of a page's path
inline constexpr uint32_t kPageDays = 30;     ///< pages are known of the snapshot's day and the 29 before it

/// The name of Account::pages in the feed.
inline constexpr std::string_view kPagesName = "pages_30d";

/// A page that somebody of the account visited.
struct VisitedPage {
  std::string path;   ///< as nginx normalizes it, without arguments; begins with "/"
  uint32_t days = 0;  ///< since the last visit to it; 0: the snapshot's day

  friend bool operator==(const VisitedPage&, const VisitedPage&) = default;
};

/// Begins with "/", is at most kMaxPageBytes long, UTF-8 and without control characters.
[[nodiscard]] bool is_page_path(std::string_view path) noexcept;
/// The order of an account's pages: the latest first, then by path.
[[nodiscard]] bool is_later(const VisitedPage& a, const VisitedPage& b) noexcept;
/// Puts `pages` as Account::pages has them: of each path the latest visit, by days, then by path, at most
/// kMaxPages. Returns how many visited paths were left out because is_page_path() refuses them.
/// Visits of kPageDays and more days ago are left out too, and not counted.
size_t settle_pages(std::vector<VisitedPage>& pages);

/// `[a-z0-9][a-z0-9._-]{0,63}`
[[nodiscard]] bool is_account_id(std::string_view text) noexcept;

/// What an account without a value of its own may take from the one that its `parent` names.
enum class InheritedField : uint8_t { kTier, kSegments, kOwner };
inline constexpr size_t kInheritedFields = 3;
/// In enum order, as `inherit:` of site.yaml names them.
inline constexpr std::array<std::string_view, kInheritedFields> kInheritedFieldNames = {"tier", "segments",
                                                                                        "owner"};
/// Some of these fields.
class InheritedSet {
 public:
  constexpr InheritedSet() = default;
  /// Bits of enum values; any above them are dropped.
  constexpr explicit InheritedSet(uint32_t bits) noexcept
      : bits_(static_cast<uint8_t>(bits & ((1u << kInheritedFields) - 1))) {}
  [[nodiscard]] constexpr bool has(InheritedField field) const noexcept {
    return (bits_ >> static_cast<unsigned>(field) & 1) != 0;
  }
  constexpr void add(InheritedField field) noexcept {
    bits_ = static_cast<uint8_t>(bits_ | 1u << static_cast<unsigned>(field));
  }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  [[nodiscard]] constexpr uint8_t bits() const noexcept { return bits_; }
  friend constexpr bool operator==(InheritedSet, InheritedSet) = default;

 private:
  uint8_t bits_ = 0;
};

/// Parents are followed upwards so many levels. What is further up is not found: the account then stands by
/// itself.
inline constexpr uint32_t kMaxLevels = 16;

/// One account as the feed gives it, owned. The snapshot keeps everything but
/// networks, asns and organizations.
struct Account {
  std::array<std::string, kTextFields> text;                  ///< by TextField
  std::array<std::optional<int64_t>, kNumberFields> numbers;  ///< by NumberField
  Tier tier = Tier::kUntiered;
  InheritedSet inherited;  ///< fields whose values come from an account above it
  bool exclude = false;
  std::vector<std::string> domains;  ///< lower case; the first is also TextField::kDomain
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> attributes;  ///< sorted by name, names unique
  std::vector<std::string> networks;  ///< prefixes as written, checked by the parser
  std::vector<uint32_t> asns;
  std::vector<std::string> organizations;
  std::vector<VisitedPage> pages;  ///< by days, then by path; paths unique
  uint64_t line = 0;               ///< in the feed, 1-based

  [[nodiscard]] const std::string& id() const noexcept { return text[static_cast<size_t>(TextField::kId)]; }
  [[nodiscard]] const std::string& name() const noexcept {
    return text[static_cast<size_t>(TextField::kName)];
  }
};

}  // namespace abm::accounts
