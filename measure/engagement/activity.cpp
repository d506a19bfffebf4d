#include "measure/engagement/activity.h"

#include <algorithm>

namespace abm::measure {
namespace {

constexpr Day kWeek = 7, kMonth = 30;

/// The days up to `today`.
size_t days_until(const std::vector<VisitDay>& days, Day today) {
  const auto end = std::upper_bound(days.begin(), days.end(), today,
                                    [](Day day, const VisitDay& visits) { return day < visits.day; });
  return static_cast<size_t>(end - days.begin());
}

}  // namespace

Activity activity_on(const std::vector<VisitDay>& days, const Decay& decay, Day today) {
  Activity activity;
  const size_t end = days_until(days, today);
  if (end == 0) return activity;
  activity.first_seen_days = today - days.front().day;
  activity.quiet_days = today - days[end - 1].day;
  uint64_t sum = 0;
  const Day furthest = std::max(decay.days(), kMonth - 1);
  for (size_t i = end; i-- > 0 && today - days[i].day <= furthest;) {
    const VisitDay& day = days[i];
    const Day age = today - day.day;
    sum += day.points * decay.weight(age);
    if (age < kMonth) {
      activity.visits_30d += day.visits;
      activity.people_30d += day.people;
    }
    if (age < kWeek) {
      activity.visits_7d += day.visits;
      activity.people_7d += day.people;
    }
  }
  activity.engagement = Decay::engagement(sum);
  return activity;
}

std::vector<accounts::VisitedPage> pages_on(const std::vector<VisitDay>& days, Day today) {
  std::vector<accounts::VisitedPage> pages;
  for (size_t i = days_until(days, today); i-- > 0;) {
    const Day age = today - days[i].day;
    if (age >= static_cast<Day>(accounts::kPageDays)) break;
    for (const std::string* path : days[i].pages) pages.push_back({*path, static_cast<uint32_t>(age)});
  }
  accounts::settle_pages(pages);
  return pages;
}

bool names_somebody(std::string_view path) noexcept {
  return path.find('@') != path.npos || path.find("%40") != path.npos;
}

void set_activity(const Activity& activity, accounts::Account& account) {
  using accounts::NumberField;
  const auto set = [&account](NumberField field, std::optional<int64_t> value) {
    account.numbers[static_cast<size_t>(field)] = value;
  };
  set(NumberField::kEngagement, activity.engagement);
  set(NumberField::kVisits7d, static_cast<int64_t>(activity.visits_7d));
  set(NumberField::kVisits30d, static_cast<int64_t>(activity.visits_30d));
  set(NumberField::kPeople7d, static_cast<int64_t>(activity.people_7d));
  set(NumberField::kPeople30d, static_cast<int64_t>(activity.people_30d));
  set(NumberField::kQuietDays, activity.quiet_days);
  set(NumberField::kFirstSeenDays, activity.first_seen_days);
}

}  // namespace abm::measure
