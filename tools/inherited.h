// What accounts have from those above them, in words: for explain and diff.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/snapshot.h"
#include "generation/generation.h"

namespace abm::tools {

/// A value that an account inherited.
struct InheritedValue {
  std::string_view field;  ///< tier, segments, owner
  std::string value;       ///< what was inherited, as it is now: visits may have moved a tier since
  std::string from;        ///< id of the account that has it itself
};
[[nodiscard]] std::vector<InheritedValue> inherited_values(const generation::Generation& generation,
                                                           const accounts::AccountView& account);

/// A field that one of two generations says otherwise, where at least one of them inherited it.
struct InheritedChange {
  std::string account;
  std::string_view field;
  std::string from, to;  ///< "one-to-few from 'deere'", "one-to-one, its own", "none"
};
/// Of the accounts with these ids, in their order.
[[nodiscard]] std::vector<InheritedChange> inherited_changes(const generation::Generation& from,
                                                             const generation::Generation& to,
                                                             const std::vector<std::string>& ids);

}  // namespace abm::tools
