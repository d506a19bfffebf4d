// What a build changes in the accounts of the feed before it writes them: what visits made of them.
#pragma once

#include <string>

#include "accounts/account.h"
#include "rules/read/vocabulary.h"

namespace abm::generation {

/// Immutable: the same account is always changed in the same way.
class AccountChanges {
 public:
  virtual ~AccountChanges() = default;
  AccountChanges(const AccountChanges&) = delete;
  AccountChanges& operator=(const AccountChanges&) = delete;

  /// Changes any fields but the id and what identifies visitors (domains, networks, AS numbers,
  /// organizations). What accounts.bin cannot hold (Account::pages that settle_pages() has not settled, a
  /// negative number) refuses the build.
  virtual void apply(accounts::Account& account) const = 0;
  /// What the changes come from and as of when, one line for people and for "unchanged": the version of the
  /// manifest's source kChangesSource. Two that may change any account differently have different versions.
  [[nodiscard]] virtual std::string version() const = 0;
  /// As of when, and how many accounts are others: one line for people.
  [[nodiscard]] virtual std::string summary() const { return version(); }
  /// What later changes may make of any account, for findings about rules that nobody matches yet.
  [[nodiscard]] virtual rules::VisitMoves moves() const { return {}; }

 protected:
  AccountChanges() = default;
};

}  // namespace abm::generation
