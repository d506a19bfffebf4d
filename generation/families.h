// The hierarchy in a list of accounts: who is below whom, what was inherited, and what is wrong with it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/snapshot.h"

namespace abm::generation {

/// Accounts that something is to be said of: how many, and the ids of the first few.
struct NamedAccounts {
  static constexpr size_t kNamed = 5;
  uint64_t count = 0;
  std::vector<std::string> ids;

  void add(std::string_view id);
  /// "'a', 'b' and 3 more".
  [[nodiscard]] std::string text() const;
};

struct Families {
  uint64_t families = 0;                                         ///< with two accounts or more
  uint64_t accounts = 0;                                         ///< in these
  std::array<uint64_t, accounts::kInheritedFields> inherited{};  ///< accounts, by InheritedField
  NamedAccounts in_circles;                                      ///< their parents lead back to them
  NamedAccounts too_deep;        ///< more than kMaxLevels below the top, or below a circle
  NamedAccounts without_parent;  ///< the account that their `parent` names is not on the list
};

/// In time linear in the list, times kMaxLevels for what is wrong.
[[nodiscard]] Families families_of(const accounts::Snapshot& list);

/// "tier of 12 accounts, owner of 3"; "" if nothing was inherited.
[[nodiscard]] std::string inherited_text(const Families& families);

/// The nearest account above `account` that has `field` of its own, for an account that inherited it;
/// std::nullopt if it did not.
[[nodiscard]] std::optional<accounts::AccountView> inherited_from(const accounts::Snapshot& list,
                                                                  const accounts::AccountView& account,
                                                                  accounts::InheritedField field);

}  // namespace abm::generation
