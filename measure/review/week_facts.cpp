#include "measure/review/week_facts.h"

#include <utility>

namespace abm::measure {
namespace {

Result<void> raised_signals(EngagementStore& store, const ReviewDays& days, WeekFacts& out) {
  auto select = store.database().prepare(
      "SELECT account.name, signal.value, count(*), count(DISTINCT visit.day || ' ' || visit.person), "
      "max(visit.day) FROM visit JOIN account ON account.id = visit.account "
      "JOIN signal_set ON signal_set.id = visit.signals, json_each(signal_set.names) AS signal "
      "WHERE visit.day > ?1 AND visit.day <= ?2 GROUP BY 1, 2 ORDER BY 1, 2");
  if (!select) return select.error();
  select->bind(1, days.before);
  select->bind(2, days.until);
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return {};
    RaisedSignal& signal = out.signals.emplace_back();
    signal.account = select->text(0);
    signal.name = select->text(1);
    signal.views = static_cast<uint64_t>(select->integer(2));
    signal.people = static_cast<uint64_t>(select->integer(3));
    signal.last = static_cast<Day>(select->integer(4));
  }
}

Result<void> listed_since(EngagementStore& store, const ReviewDays& days, WeekFacts& out) {
  auto select = store.database().prepare(
      "SELECT account, min(day) FROM listed WHERE field = 'tier' AND value IS NOT NULL AND day <= ?1 "
      "GROUP BY account");
  if (!select) return select.error();
  select->bind(1, days.until);
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return {};
    out.first_listed.emplace(select->text(0), static_cast<Day>(select->integer(1)));
  }
}

Result<void> list_known(EngagementStore& store, WeekFacts& out) {
  auto select = store.database().prepare("SELECT min(day) FROM listed");
  if (!select) return select.error();
  const auto row = select->step();
  if (!row) return row.error();
  if (*row && select->type(0) != SQLITE_NULL) out.list_from = static_cast<Day>(select->integer(0));
  return {};
}

/// Two queries: each finds its day at once, while one for both would read all visits.
Result<void> visits_known(EngagementStore& store, const ReviewDays& days, WeekFacts& out) {
  auto select = store.database().prepare(
      "SELECT (SELECT min(day) FROM visit WHERE day <= ?1), (SELECT max(day) FROM visit WHERE day <= ?1)");
  if (!select) return select.error();
  select->bind(1, days.until);
  const auto row = select->step();
  if (!row) return row.error();
  if (!*row || select->type(0) == SQLITE_NULL) return {};
  out.visits_from = static_cast<Day>(select->integer(0));
  out.visits_until = static_cast<Day>(select->integer(1));
  return {};
}

}  // namespace

Result<WeekFacts> week_facts(EngagementStore& store, const ReviewDays& days) {
  WeekFacts facts;
  if (auto done = raised_signals(store, days, facts); !done) return done.error();
  if (auto done = listed_since(store, days, facts); !done) return done.error();
  if (auto done = list_known(store, facts); !done) return done.error();
  if (auto done = visits_known(store, days, facts); !done) return done.error();
  return facts;
}

}  // namespace abm::measure
