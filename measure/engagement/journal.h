// What the account list said of each account, day by day: an input of moves that no log has. Only the fields
// that moves need, and of them only changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "accounts/account.h"
#include "base/result.h"
#include "generation/site_engagement.h"
#include "measure/engagement/day_number.h"
#include "measure/engagement/engagement_store.h"

namespace abm::measure {

/// Fields by name, sorted: "tier", "stage" and "play" always, and those that conditions test
/// ("attributes.NAME", "segment" …), less those that visits change.
using JournalFields = std::vector<std::string>;
/// `roll_up`: also who is above whom (kParentField).
[[nodiscard]] JournalFields journal_fields(const generation::MovesInput& moves, bool roll_up);
inline constexpr std::string_view kParentField = "parent";

/// What the list says of a field; std::nullopt: nothing. Lists as lines.
[[nodiscard]] std::optional<std::string> journal_value(const accounts::Account& account,
                                                       std::string_view field);
/// The inverse.
void set_journal_value(accounts::Account& account, std::string_view field,
                       const std::optional<std::string>& value);

/// An account of the list, with the values of the JournalFields, in their order.
struct ListedFields {
  std::string account;
  std::vector<std::optional<std::string>> values;
};
/// An excluded account has no tier: nothing moves it.
[[nodiscard]] ListedFields listed_fields(const accounts::Account& account, const JournalFields& fields);

/// Notes what the list says as of `today`: at the end of that day, if nothing else is noted on it later.
/// Accounts that are no longer in it are noted as such. Returns how many entries that made or changed.
[[nodiscard]] Result<uint64_t> record_list(EngagementStore& store, const JournalFields& fields,
                                           std::vector<ListedFields> accounts, Day today);

/// What the list says of one field since a day, until the next entry of the field.
struct ListEntry {
  std::string field;
  Day day = 0;
  std::optional<std::string> value;  ///< std::nullopt: nothing
};
/// What is noted of an account from `first` to `today`, by field and day; of each field, the last entry that
/// is not after `first`, too: what the list said on that day.
[[nodiscard]] Result<std::vector<ListEntry>> list_entries(EngagementStore& store, std::string_view account,
                                                          Day first, Day today);

/// The first day, `first` or later, of which everything the list said is known; std::nullopt: nothing is.
[[nodiscard]] Result<std::optional<Day>> list_known_from(EngagementStore& store, Day first);

/// One field of one account through time.
struct FieldPast {
  std::vector<std::pair<Day, std::optional<std::string>>> entries;  ///< ascending by day

  /// The last entry at or before `day`; before the first one: the first. Null if there is none.
  [[nodiscard]] const std::optional<std::string>* on(Day day) const;
};

/// All fields of one account, in the order of the JournalFields.
struct ListPast {
  std::vector<FieldPast> fields;
  [[nodiscard]] bool empty() const noexcept;
};

}  // namespace abm::measure
