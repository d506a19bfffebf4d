// What is kept, and for how long: `engagement: keep:` of site.yaml. Whatever is said as of a day is made of
// the visits of the last `keep` days, of the account list as it was on the first of them, and of what changed
// in it since. So what is older can be deleted at any time, and nothing that is said changes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "generation/site_engagement.h"
#include "measure/engagement/day_number.h"
#include "measure/engagement/engagement_store.h"

namespace abm::measure {

/// The first day that counts as of `today`.
[[nodiscard]] constexpr Day first_kept(const generation::EngagementInput& input, Day today) noexcept {
  return today - static_cast<Day>(input.keep_days) + 1;
}

/// Notes in `meta` that something of days before `before` is gone. Between begin() and commit().
[[nodiscard]] Result<void> note_gone(EngagementStore& store, std::string_view meta, Day before);
/// The latest day before which visits, or entries of the journal, are known to be gone; 0: none are.
[[nodiscard]] Result<Day> gone_before(EngagementStore& store);

/// What was deleted.
struct Dropped {
  uint64_t visits = 0;
  uint64_t days = 0;          ///< of accounts
  uint64_t list_entries = 0;  ///< of the journal
  uint64_t published = 0;     ///< accounts whose last publication was remembered
  uint64_t names = 0;         ///< accounts, paths and sets of signals that nothing names any more
  std::string not_smaller;    ///< why the file could not be made smaller, or anew; "": it was, or need not be
};

/// From now on, lines of days before `first` are not stored.
[[nodiscard]] Result<void> keep_from(EngagementStore& store, Day first);

/// Deletes what is older than EngagementStore::kept_from(), and makes the file smaller where much of it is
/// free. Costs nothing where that has been done. Each transaction is bounded; it may be killed, or `stop`ped
/// (may be null), anywhere, and goes on at the next call. Not on trial.
[[nodiscard]] Result<Dropped> drop_old(EngagementStore& store, const std::function<bool()>& stop);

/// Deletes all that is known of one account, and its name, and writes the file anew, so that no copy is left
/// in it. Several transactions: after a kill, call it again.
[[nodiscard]] Result<Dropped> forget_account(EngagementStore& store, const std::string& account);

}  // namespace abm::measure
