#include "measure/engagement/day_figures.h"

#include <algorithm>

#include <fmt/format.h>

#include "accounts/account.h"

namespace abm::measure {
namespace {

constexpr size_t kMostKnownPages = 200'000;
constexpr size_t kDaysOfBatch = 20'000;
constexpr std::string_view kPointsMeta = "points";

struct StaleDay {
  Day day = 0;
  int64_t account = 0;
};

Result<std::vector<StaleDay>> stale_days(Database& database) {
  auto select =
      database.prepare(fmt::format("SELECT day, account FROM stale ORDER BY 1, 2 LIMIT {}", kDaysOfBatch));
  if (!select) return select.error();
  std::vector<StaleDay> days;
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return days;
    days.push_back({static_cast<Day>(select->integer(0)), select->integer(1)});
  }
}

/// Other points than those that days were counted with make them all stale.
Result<void> take_points(EngagementStore& store, const PointTable& points) {
  const auto same = counted_with(store, points);
  if (!same) return same.error();
  if (*same) return {};
  if (auto begun = store.begin(); !begun) return begun;
  if (auto done = store.database().execute("INSERT OR IGNORE INTO stale SELECT day, account FROM day"); !done)
    return done;
  if (auto done = store.set_meta(kPointsMeta, points.fingerprint()); !done) return done;
  return store.commit();
}

}  // namespace

Result<DayCounter> DayCounter::create(EngagementStore& store, const PointTable& points) {
  DayCounter counter(store, points);
  auto visits =
      store.database().prepare("SELECT person, page, signals FROM visit WHERE day = ?1 AND account = ?2");
  if (!visits) return visits.error();
  auto signals = store.database().prepare(
      "SELECT value FROM signal_set, json_each(signal_set.names) WHERE signal_set.id = ?1");
  if (!signals) return signals.error();
  counter.visits_ = std::move(*visits);
  counter.signals_ = std::move(*signals);
  return counter;
}

Result<const DayCounter::Page*> DayCounter::page(int64_t id) {
  if (const auto known = pages_.find(id); known != pages_.end()) return &known->second;
  auto path = store_.pages().name_of(id);
  if (!path) return path.error();
  if (pages_.size() >= kMostKnownPages) pages_.clear();
  Page& page = pages_[id];
  page.points = points_.of_path(*path);
  page.listed = accounts::is_page_path(*path);
  if (page.listed) page.path = *std::move(path);
  return &page;
}

Result<uint32_t> DayCounter::points_of_signals(int64_t set) {
  if (set == 0) return 0u;
  if (const auto known = signal_points_.find(set); known != signal_points_.end()) return known->second;
  uint32_t points = 0;
  signals_.bind(1, set);
  for (;;) {
    const auto row = signals_.step();
    if (!row) return row.error();
    if (!*row) break;
    points = std::min(kMostDayPoints, points + points_.of_signal(signals_.text(0)));
  }
  signals_.reset();
  if (signal_points_.size() >= kMostKnownPages) signal_points_.clear();
  signal_points_.emplace(set, points);
  return points;
}

Result<uint32_t> DayCounter::points_of_view(int64_t page, int64_t signals) {
  const auto of_page = this->page(page);
  if (!of_page) return of_page.error();
  const uint32_t points = (*of_page)->points;
  const auto of_signals = points_of_signals(signals);
  if (!of_signals) return of_signals;
  return points + *of_signals;
}

Result<std::vector<PersonDay>> DayCounter::people_of(int64_t account, Day day) {
  struct View {
    int64_t person, page, signals;
  };
  std::vector<View> views;
  visits_.bind(1, day);
  visits_.bind(2, account);
  for (;;) {
    const auto row = visits_.step();
    if (!row) return row.error();
    if (!*row) break;
    views.push_back({visits_.integer(0), visits_.integer(1), visits_.integer(2)});
  }
  visits_.reset();
  std::stable_sort(views.begin(), views.end(),
                   [](const View& a, const View& b) { return a.person < b.person; });
  std::vector<PersonDay> people;
  for (const View& view : views) {
    if (people.empty() || people.back().person != view.person) people.push_back({view.person, {}});
    people.back().views.emplace_back(view.page, view.signals);
  }
  return people;
}

Result<void> DayCounter::pages_of(const std::vector<PersonDay>& people, Figures& out) {
  std::vector<int64_t> ids;
  for (const PersonDay& person : people) {
    for (const auto& [page, signals] : person.views) ids.push_back(page);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::vector<std::pair<std::string, int64_t>> listed;
  for (const int64_t id : ids) {
    const auto known = page(id);
    if (!known) return known.error();
    if ((*known)->listed) {
      listed.emplace_back((*known)->path, id);
    } else {
      ++out.pages_left_out;
    }
  }
  std::sort(listed.begin(), listed.end());
  for (size_t i = 0; i < std::min(listed.size(), accounts::kMaxPages); ++i)
    out.pages.push_back(listed[i].second);
  return {};
}

Result<DayCounter::Figures> DayCounter::count(int64_t account, Day day) {
  const auto people = people_of(account, day);
  if (!people) return people.error();
  Figures figures;
  uint64_t points = 0;
  for (const PersonDay& person : *people) {
    uint64_t earned = points_.of_person();
    for (const auto& [page, signals] : person.views) {
      if (earned >= points_.most()) break;
      const auto of_view = points_of_view(page, signals);
      if (!of_view) return of_view.error();
      earned += *of_view;
    }
    points += std::min<uint64_t>(earned, points_.most());
    figures.visits += static_cast<uint32_t>(person.views.size());
  }
  figures.people = static_cast<uint32_t>(people->size());
  figures.points = static_cast<uint32_t>(std::min<uint64_t>(points, kMostDayPoints));
  if (auto done = pages_of(*people, figures); !done) return done.error();
  return figures;
}

Result<bool> counted_with(EngagementStore& store, const PointTable& points) {
  const auto before = store.meta(kPointsMeta);
  return before ? Result<bool>(*before == points.fingerprint()) : Result<bool>(before.error());
}

Result<void> refresh_days(EngagementStore& store, const PointTable& points,
                          const std::function<void(uint64_t, uint64_t)>& progress) {
  if (auto taken = take_points(store, points); !taken) return taken;
  Database& database = store.database();
  const auto total = database.number("SELECT count(*) FROM stale");
  if (!total) return total.error();
  const auto all = static_cast<uint64_t>(total->value_or(0));
  if (all == 0) return {};
  if (auto own = store.copy_for_trial("day"); !own) return own;
  auto counter = DayCounter::create(store, points);
  if (!counter) return counter.error();
  auto insert = database.prepare("INSERT OR REPLACE INTO day VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  if (!insert) return insert.error();
  auto fresh = database.prepare("DELETE FROM stale WHERE day = ?1 AND account = ?2");
  if (!fresh) return fresh.error();
  for (uint64_t done = 0;;) {
    if (auto begun = store.begin(); !begun) return begun;
    const auto days = stale_days(database);
    if (!days) return days.error();
    for (const StaleDay& stale : *days) {
      const auto figures = counter->count(stale.account, stale.day);
      if (!figures) return figures.error();
      const std::string pages = fmt::format("{}", fmt::join(figures->pages, ","));
      insert->bind(1, stale.account);
      insert->bind(2, stale.day);
      insert->bind(3, figures->visits);
      insert->bind(4, figures->people);
      insert->bind(5, figures->points);
      insert->bind_text(6, pages);
      insert->bind(7, figures->pages_left_out);
      if (auto stored = insert->run(); !stored) return stored;
      fresh->bind(1, stale.day);
      fresh->bind(2, stale.account);
      if (auto noted = fresh->run(); !noted) return noted;
      if (progress && ++done % 1000 == 0) progress(done, std::max(done, all));
    }
    if (auto committed = store.commit(); !committed) return committed;
    if (days->size() < kDaysOfBatch) return {};
  }
}

}  // namespace abm::measure
