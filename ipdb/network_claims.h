// Who claims which network, gathered from all sources before strength and length decide.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/confidence.h"
#include "base/ip_address.h"
#include "ipdb/match.h"
#include "ipdb/network_types.h"

namespace abm::ipdb {

/// `account` indexes NetworkInputs::accounts, `source` NetworkReport::sources (0 is the feed). `line` is the
/// source's; 0 if it has none.
struct Claim {
  IpPrefix network;
  Confidence confidence = Confidence::kHigh;
  uint16_t source = 0;
  uint32_t account = 0;
  uint32_t line = 0;
};

struct ExclusionClaim {
  IpPrefix network;
  Exclusion kind = Exclusion::kNone;
  uint16_t source = 0;
  uint32_t line = 0;
};

/// A range of an AS number that belongs to an account.
struct AsRange {
  IpAddress first, last;
  uint16_t source = 0;
  uint32_t account = 0;
  uint32_t line = 0;
};

/// An AS range, or with `vendor` a network of a vendor's, whose organization is spelled otherwise than the
/// account's but compares the same (organization_name.h). network_names.h decides what becomes of it.
struct SimilarClaim {
  bool vendor = false;
  AsRange range;  ///< of a vendor's network: the first and the last address
  Confidence confidence = Confidence::kMedium;
  uint32_t spelling = 0;  ///< of OrganizationMatcher
  uint32_t asn = 0;       ///< 0: not known
};

/// All claims by strength, each list in input order.
struct Claims {
  std::vector<Claim> listed;  ///< feed and CSV
  std::vector<ExclusionClaim> exclusions;
  std::vector<AsRange> as_ranges;
  std::vector<Claim> vendor;
  std::vector<Claim> vendor_as;  ///< matched by AS number or organization: the guard applies
  std::vector<SimilarClaim> similar;
  uint64_t networks = 0;  ///< in all of them, an AS range counted as the networks it will become
};

/// Accounts by the names that sources use for them. Views into the inputs.
class AccountDirectory {
 public:
  explicit AccountDirectory(const NetworkAccounts& accounts);

  using Accounts = std::vector<uint32_t>;  ///< ascending, distinct
  [[nodiscard]] const Accounts* by_id(std::string_view id) const;
  [[nodiscard]] const Accounts* by_asn(uint32_t asn) const;
  [[nodiscard]] const Accounts* by_organization(std::string_view name) const;
  /// By an organization_key().
  [[nodiscard]] const Accounts* by_organization_key(const std::string& key) const;
  [[nodiscard]] bool has_organizations() const noexcept { return !organizations_.empty(); }
  /// Any name at or below the account's registrable domain.
  [[nodiscard]] const Accounts* by_domain(std::string_view name) const;

  /// A further AS number of an account.
  void add_asn(uint32_t asn, uint32_t account);
  /// Whether the account has an AS number.
  [[nodiscard]] bool has_asns(uint32_t account) const noexcept { return has_asns_[account]; }
  [[nodiscard]] size_t longest_organization() const noexcept { return longest_organization_; }

 private:
  // A name is copied once into the lower-case key that the table needs.
  mutable std::string scratch_;
  std::unordered_map<std::string, Accounts> ids_, organizations_, organization_keys_, domains_;
  std::unordered_map<uint32_t, Accounts> asns_;
  std::vector<bool> has_asns_;
  size_t longest_id_ = 0, longest_organization_ = 0;  // longer text matches nobody and is not copied
};

}  // namespace abm::ipdb
