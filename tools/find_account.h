// The account that a person means: by id, name or domain.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "accounts/snapshot.h"
#include "base/result.h"

namespace abm::tools {

/// The account with that id; else the one with that name (in any case), or that domain, with or without
/// "www.". If several have it, the error lists them. Errors complete "--account 'TEXT': …". Valid as long as
/// the snapshot.
[[nodiscard]] Result<accounts::AccountView> find_account(const accounts::Snapshot& accounts,
                                                         std::string_view text);

/// The same for many texts: all names and domains are looked at once, not for each. `accounts` is borrowed.
class AccountFinder {
 public:
  explicit AccountFinder(const accounts::Snapshot& accounts);
  [[nodiscard]] Result<accounts::AccountView> find(std::string_view text);

 private:
  const accounts::Snapshot& accounts_;
  std::unordered_multimap<std::string, uint32_t> ordinals_;  ///< by folded name, and by domain without "www."
  uint32_t misses_ = 0;
};

}  // namespace abm::tools
