#include "measure/review/week_facts.h"

#include <utility>

#include "measure/engagement/journal.h"

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

Result<void> listed_since(EngagementStore& store, const ReviewDays& days, Day first_day, WeekFacts& out) {
  auto select = store.database().prepare(
      "SELECT account, min(day) FROM listed WHERE field = 'tier' AND value IS NOT NULL AND day <= ?1 "
      "AND NOT EXISTS (SELECT 1 FROM listed AS later WHERE later.account = listed.account "
      "AND later.field = 'tier' AND later.day > listed.day AND later.day <= ?2) GROUP BY account");
  if (!select) return select.error();
  select->bind(1, days.until);
  select->bind(2, first_day);
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return {};
    out.first_listed.emplace(select->text(0), static_cast<Day>(select->integer(1)));
  }
}

/// Two queries: each finds its day at once, while one for both would read all visits.
Result<void> visits_known(EngagementStore& store, const ReviewDays& days, Day first, WeekFacts& out) {
  auto select = store.database().prepare(
      "SELECT (SELECT min(day) FROM visit WHERE day BETWEEN ?2 AND ?1), "
      "(SELECT max(day) FROM visit WHERE day BETWEEN ?2 AND ?1)");
  if (!select) return select.error();
  select->bind(1, days.until);
  select->bind(2, first);
  const auto row = select->step();
  if (!row) return row.error();
  if (!*row || select->type(0) == SQLITE_NULL) return {};
  out.visits_from = static_cast<Day>(select->integer(0));
  out.visits_until = static_cast<Day>(select->integer(1));
  return {};
}

}  // namespace

Result<WeekFacts> week_facts(EngagementStore& store, const ReviewDays& days, Day first) {
  WeekFacts facts;
  if (auto done = raised_signals(store, days, facts); !done) return done.error();
  if (auto done = listed_since(store, days, first, facts); !done) return done.error();
  const auto known = list_known_from(store, first);
  if (!known) return known.error();
  facts.list_from = *known;
  if (auto done = visits_known(store, days, first, facts); !done) return done.error();
  return facts;
}

}  // namespace abm::measure
