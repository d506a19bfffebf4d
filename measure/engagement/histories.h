// Everything that is known of all accounts, as moves are judged by: their days with visits, and what the list
// said.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "measure/engagement/activity.h"
#include "measure/engagement/engagement_store.h"
#include "measure/engagement/journal.h"

namespace abm::measure {

struct History {
  std::string account;
  std::vector<VisitDay> days;  ///< ascending
  ListPast list;
  uint64_t pages_left_out = 0;  ///< paths of the last 30 days that Account::pages cannot hold, a day each
};

struct Histories {
  JournalFields fields;
  std::vector<History> accounts;  ///< by id
  /// Owns the paths that VisitDay::pages point to.
  std::unordered_map<int64_t, std::unique_ptr<const std::string>> paths;

  [[nodiscard]] const History* find(std::string_view account) const;
};

/// After refresh_days(). `pages_from`: the first day whose pages are wanted. Entries after `today` are left
/// out; with `before_journal`, those of the journal's first day stay, as if they had been noted by `today`.
[[nodiscard]] Result<Histories> load_histories(EngagementStore& store, const JournalFields& fields, Day today,
                                               Day pages_from, bool before_journal = false);

}  // namespace abm::measure
