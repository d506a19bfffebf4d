// What visits say of one account as of a day.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account.h"
#include "measure/engagement/day_number.h"
#include "measure/engagement/points.h"

namespace abm::measure {

/// A day on which somebody came.
struct VisitDay {
  Day day = 0;
  uint32_t visits = 0, people = 0, points = 0;
  std::vector<const std::string*> pages;  ///< paths, borrowed from Histories; only of the latest days
};

struct Activity {
  uint32_t engagement = 0;
  uint64_t visits_7d = 0, visits_30d = 0, people_7d = 0, people_30d = 0;
  std::optional<Day> quiet_days, first_seen_days;
};

/// `days`: ascending. Days after `today` are not there yet.
[[nodiscard]] Activity activity_on(const std::vector<VisitDay>& days, const Decay& decay, Day today);

/// Account::pages on that day.
[[nodiscard]] std::vector<accounts::VisitedPage> pages_on(const std::vector<VisitDay>& days, Day today);

/// "/unsubscribe/jane@deere.com": a path that looks like somebody's address. What is told of an account names
/// nobody.
[[nodiscard]] bool names_somebody(std::string_view path) noexcept;

/// The fields that `activity` says, in place of what the account had.
void set_activity(const Activity& activity, accounts::Account& account);

}  // namespace abm::measure
