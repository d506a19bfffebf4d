// Everything that is known of all accounts, as moves are judged by: their days with visits, and what the list
// said.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "measure/engagement/activity.h"
#include "measure/engagement/engagement_store.h"
#include "measure/engagement/journal.h"

namespace abm::measure {

/// What the visits of an account below are worth in another one's engagement, as a multiple of
/// 1 / Decay::kWhole.
struct RolledUp {
  std::string account;
  uint64_t worth = 0;
};

struct History {
  std::string account;
  std::vector<VisitDay> days;  ///< ascending
  ListPast list;
  std::vector<RolledUp> below = {};  ///< by id; roll_up() fills it, and adds their days to `days`
  uint64_t pages_left_out = 0;  ///< paths of the last 30 days that Account::pages cannot hold, a day each
};

struct Histories {
  JournalFields fields;
  std::vector<History> accounts;  ///< by id
  /// Owns the paths that VisitDay::pages point to.
  std::unordered_map<int64_t, std::unique_ptr<const std::string>> paths;

  [[nodiscard]] const History* find(std::string_view account) const;
};

/// The days that count.
struct HistoryDays {
  Day first = 0;       ///< of visits; the list as it was on that day, and what was noted later
  Day today = 0;       ///< the last one
  Day pages_from = 0;  ///< the first one whose pages are wanted
  /// Of the journal's first day, or the first one of which all of it is kept, if that is after `today`:
  /// entries up to it stay, as if they had been noted by `today`.
  bool before_journal = false;
};

/// After refresh_days().
[[nodiscard]] Result<Histories> load_histories(EngagementStore& store, const JournalFields& fields,
                                               const HistoryDays& days);

}  // namespace abm::measure
