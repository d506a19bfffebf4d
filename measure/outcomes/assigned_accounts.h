// Who is compared: accounts with their arm and the start of their clock.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "measure/outcomes/outcome_account.h"
#include "measure/store/sqlite.h"
#include "measure/store/visit_store.h"

namespace abm::measure {

/// Accounts that came, by id: arm, tier, segments and clock are those of the first visit of the period that
/// had an arm. Needs the tables and views of roll_up(). One that was put on the list of exclusions later
/// stays: it may have been for what came of it. A family that draws one lot is one account, from the first
/// visit of any of it; `listed` (nullptr: not known) tells who of it did not come.
[[nodiscard]] Result<std::vector<OutcomeAccount>> accounts_that_came(
    Database& database, const std::vector<ListedAccount>* listed);

/// Listed accounts that are not excluded and whose arm is known, by id; their clock starts at `since_ms`. A
/// family that draws one lot is one account: of the tier of its topmost one if that is listed, else of its
/// first by id, and of the segments of all.
[[nodiscard]] std::vector<OutcomeAccount> listed_accounts(const std::vector<ListedAccount>& listed,
                                                          int64_t since_ms);

/// Whether a visit of the control group from before `since_ms` is stored: personalization then had a part in
/// what visits there were.
[[nodiscard]] Result<bool> control_was_kept_back_before(Database& database, int64_t since_ms);

/// Fills visits_before: people's page views before each account's clock, in all that is stored. One pass over
/// all visits.
[[nodiscard]] Result<void> count_visits_before(Database& database, std::vector<OutcomeAccount>& accounts);

/// How many of them had a person's page view before `from_ms`, in all that is stored. Needs the tables of
/// roll_up().
[[nodiscard]] Result<uint64_t> count_known_before(Database& database,
                                                  const std::vector<OutcomeAccount>& accounts,
                                                  int64_t from_ms);

}  // namespace abm::measure
