#include "measure/engagement/arithmetic.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "measure/engagement/day_figures.h"
#include "measure/engagement/retention.h"

namespace abm::measure {
namespace {

Result<std::vector<std::string>> names_of_set(EngagementStore& store, int64_t set) {
  std::vector<std::string> names;
  if (set == 0) return names;
  auto select = store.database().prepare(
      "SELECT value FROM signal_set, json_each(signal_set.names) WHERE signal_set.id = ?1");
  if (!select) return select.error();
  select->bind(1, set);
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return names;
    names.emplace_back(select->text(0));
  }
}

/// The views of one day, alike ones together.
Result<void> look_into(EngagementStore& store, DayCounter& counter, const PointTable& points, int64_t account,
                       EarnedDay& day) {
  const auto people = counter.people_of(account, day.day);
  if (!people) return people.error();
  std::map<std::pair<int64_t, int64_t>, uint32_t> alike;
  for (const PersonDay& person : *people) {
    uint64_t earned = points.of_person();
    for (const auto& [page, signals] : person.views) {
      ++alike[{page, signals}];
      const auto each = counter.points_of_view(page, signals);
      if (!each) return each.error();
      earned += *each;
    }
    if (earned > points.most()) ++day.capped_people;
  }
  for (const auto& [view, count] : alike) {
    auto path = store.pages().name_of(view.first);
    if (!path) return path.error();
    auto signals = names_of_set(store, view.second);
    if (!signals) return signals.error();
    const auto each = counter.points_of_view(view.first, view.second);
    if (!each) return each.error();
    day.views.push_back({*std::move(path), *std::move(signals), count, *each});
  }
  std::sort(day.views.begin(), day.views.end(), [](const EarnedViews& a, const EarnedViews& b) {
    const uint64_t of_a = uint64_t{a.views} * a.each, of_b = uint64_t{b.views} * b.each;
    return of_a != of_b ? of_a > of_b : std::tie(a.path, a.signals) < std::tie(b.path, b.signals);
  });
  return {};
}

}  // namespace

Result<Arithmetic> arithmetic_of(EngagementStore& store, const generation::EngagementInput& input,
                                 const std::string& account, Day today) {
  Arithmetic result;
  auto find = store.database().prepare("SELECT id FROM account WHERE name = ?1");
  if (!find) return find.error();
  find->bind_text(1, account);
  const auto known = find->step();
  if (!known) return known.error();
  if (!*known) return result;
  const int64_t id = find->integer(0);
  const PointTable points(input);
  const Decay decay(input.half_life_days);
  auto counter = DayCounter::create(store, points);
  if (!counter) return counter.error();
  auto select = store.database().prepare(
      "SELECT day, visits, people, points FROM day WHERE account = ?1 AND day BETWEEN ?3 AND ?2 ORDER BY day DESC");
  if (!select) return select.error();
  select->bind(1, id);
  select->bind(2, today);
  select->bind(3, first_kept(input, today));
  uint64_t sum = 0;
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) break;
    EarnedDay day;
    day.day = static_cast<Day>(select->integer(0));
    day.age = today - day.day;
    if (day.age > decay.days()) {
      ++result.days_too_old;
      continue;
    }
    day.visits = static_cast<uint32_t>(select->integer(1));
    day.people = static_cast<uint32_t>(select->integer(2));
    day.points = static_cast<uint32_t>(select->integer(3));
    const uint64_t worth = day.points * decay.weight(day.age);
    sum += worth;
    day.weight = static_cast<double>(decay.weight(day.age)) / static_cast<double>(Decay::kWhole);
    day.worth = static_cast<double>(worth) / static_cast<double>(Decay::kWhole);
    if (auto done = look_into(store, *counter, points, id, day); !done) return done.error();
    result.days.push_back(std::move(day));
  }
  result.sum = static_cast<double>(sum) / static_cast<double>(Decay::kWhole);
  result.engagement = Decay::engagement(sum);
  return result;
}

}  // namespace abm::measure
