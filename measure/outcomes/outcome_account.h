// What became of one account, or of one family whose accounts drew one lot, from when it was assigned to an
// arm. The rules of counting are in follow.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace abm::measure {

/// An account and its clock. Amounts are in the currency of the opportunities; what is not stated counts as
/// 0.
struct OutcomeAccount {
  std::string account;  ///< or the name of the family
  /// Of a family: whose opportunities and visits are its own. Empty: an account by itself.
  std::vector<std::string> members;
  std::string tier;                   ///< when it was assigned
  std::vector<std::string> segments;  ///< likewise
  bool control = false;
  bool changed = false;      ///< it was in control at one time but not at another
  int64_t since_ms = 0;      ///< its clock starts, Unix milliseconds
  int64_t until_ms = 0;      ///< its window ends just before
  bool window_over = false;  ///< at or before the day until which opportunities are known

  // From before the clock: context, never an outcome.
  uint32_t before = 0;
  double amount_before = 0;
  uint64_t opened_before = 0;  ///< of these, created in a window's length before the clock
  uint64_t visits_before = 0;  ///< people's, where asked for
  uint32_t same_day = 0;  ///< of `before`: created on the very day of the clock, which has no time of day

  // Opportunities that count: created from the clock on, within the window; renewals are none.
  uint32_t opportunities = 0;
  uint32_t expansions = 0;  ///< of these
  uint32_t won = 0, lost = 0;
  uint32_t without_amount = 0;
  double amount = 0;
  double expansion_amount = 0;
  double won_amount = 0;
  std::optional<double> days_to_opportunity;  ///< from the clock to the first one, 0 or more
  std::optional<double> days_to_won;          ///< from the clock until the first one was won
  /// From the clock to the first that was won at a time which nothing states.
  std::optional<double> days_to_undated_won;
  uint32_t after = 0;  ///< created after the window

  // Renewals that were open at the clock, or created in the window.
  uint32_t renewals = 0, renewed = 0, churned = 0;
  double renewed_amount = 0, churned_amount = 0;
};

/// Each by the ids whose opportunities and visits are its own. `Account`: const or not. Valid as long as
/// `accounts` is neither moved nor changed.
template <typename Account>
[[nodiscard]] std::unordered_map<std::string_view, Account*> accounts_by_id(std::span<Account> accounts) {
  std::unordered_map<std::string_view, Account*> by_id;
  by_id.reserve(accounts.size());
  for (Account& account : accounts) {
    if (account.members.empty()) by_id.emplace(account.account, &account);
    for (const std::string& member : account.members) by_id.emplace(member, &account);
  }
  return by_id;
}

}  // namespace abm::measure
