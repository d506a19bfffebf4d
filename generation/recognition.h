// By what each account can be recognised; and if no address leads to it, why, and what to do about that.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "accounts/account.h"
#include "generation/generation.h"
#include "ipdb/network_builder.h"

namespace abm::generation {

/// The strongest way, in the order of the text forms in kWayNames.
enum class Way : uint8_t {
  kNetworks,  ///< networks of the feed or of a CSV
  kAsNumber,  ///< by number or by the name of an organization
  kVendor,    ///< a vendor's database
  kIdentity,  ///< no address: only where nginx is told who a visitor is (abm_identity by domain)
  kNothing,
};
inline constexpr size_t kWays = 5;
inline constexpr std::array<std::string_view, kWays> kWayNames = {"networks", "asn", "vendor", "identity",
                                                                  "nothing"};
[[nodiscard]] constexpr bool by_address(Way way) noexcept {
  return way < Way::kIdentity;
}

/// Why no address leads to an account.
enum class Why : uint8_t {
  kAccessProvider,
  kContested,
  kExcludedNetworks,
  kUnusableNetworks,
  kAmbiguousName,
  kNoAsTable,
  kNotInTable,
  kNotInVendor,
  kDomainOnly,
  kNoAsNumber,
  kNoDomain,
};
inline constexpr size_t kWhys = 11;
struct WhyText {
  std::string_view code;    ///< "domain-only"
  std::string_view text;    ///< "only a domain is known of it, and no address leads to a domain"
  std::string_view remedy;  ///< a sentence without its full stop
};
[[nodiscard]] const WhyText& text_of(Why why) noexcept;

struct Recognition {
  Way way = Way::kNothing;
  std::vector<Why> why;  ///< weightiest first; empty if an address leads to the account
  std::string detail;    ///< of the first: numbers and places; may be empty
};

/// The sources of a site, as far as reasons depend on them.
struct RecognitionSources {
  bool as_table = false;        ///< any that knows AS numbers or organizations
  bool vendor_domains = false;  ///< a vendor's database that is asked for domains
};

/// Borrows what it is given.
class Recogniser {
 public:
  /// `accounts`, `report` and the generation are of one build.
  Recogniser(const Generation& generation, const ipdb::NetworkAccounts& accounts,
             const ipdb::NetworkReport& report, RecognitionSources sources);
  /// Of the account with this ordinal in feed and snapshot.
  [[nodiscard]] Recognition operator()(uint32_t ordinal) const;

 private:
  [[nodiscard]] bool has_own_domain(const ipdb::NetworkAccounts::View& account) const;
  void explain(const ipdb::NetworkAccounts::View& account, uint8_t had, Recognition& found) const;

  const Generation& generation_;
  const ipdb::NetworkAccounts& accounts_;
  const ipdb::NetworkReport& report_;
  RecognitionSources sources_;
  std::unordered_map<uint64_t, ipdb::Source> known_;                        ///< by key
  std::unordered_map<std::string_view, const ipdb::NetworkLeftOut*> left_;  ///< by account
  std::unordered_map<std::string_view, const ipdb::NetworkConflict*> contested_;
};

}  // namespace abm::generation
