// Accounts by the names that sources have for organizations: letter by letter, and where no account is
// spelled so, by what spellings of one name have in common. Of the latter, nobody is guessed: a name that may
// be two companies' is none's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/diagnostic.h"
#include "ipdb/network_claims.h"
#include "ipdb/network_types.h"

namespace abm::ipdb {

/// Remembers what sources spell how.
class OrganizationMatcher {
 public:
  explicit OrganizationMatcher(const AccountDirectory& directory) : directory_(directory) {}

  struct Found {
    const AccountDirectory::Accounts* exactly = nullptr;    ///< but for case
    const AccountDirectory::Accounts* similarly = nullptr;  ///< only if there are none of the former
    uint32_t spelling = 0;                                  ///< of the latter
  };
  [[nodiscard]] Found find(std::string_view organization);

  struct Spelling {
    std::string organization;                              ///< as the source met first spells it
    std::string key;                                       ///< organization_key()
    const AccountDirectory::Accounts* accounts = nullptr;  ///< that have it
  };
  [[nodiscard]] const Spelling& spelling(uint32_t number) const { return spellings_[number]; }
  /// Keys of organizations that some source spells as an account does.
  [[nodiscard]] bool met_exactly(const std::string& key) const { return exact_keys_.contains(key); }

 private:
  const AccountDirectory& directory_;
  std::unordered_map<std::string, Found> known_;  // names of accounts, by their folded spelling
  std::unordered_set<uint64_t> nobodys_;          // hashes of the others: at most kMostNobodys
  std::vector<Spelling> spellings_;
  std::unordered_set<std::string> exact_keys_;
};

/// Moves what may be taken from `claims.similar` to `as_ranges` and `vendor_as`, drops the rest, and reports
/// both: names that several spellings or several accounts share are warned of at the account's line.
void settle_names(const NetworkInputs& inputs, const OrganizationMatcher& names, Claims& claims,
                  NetworkReport& report, Diagnostics& diagnostics);

}  // namespace abm::ipdb
