#include "measure/engagement/histories.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace abm::measure {
namespace {

class HistoryLoader {
 public:
  HistoryLoader(EngagementStore& store, const HistoryDays& days, Histories& out)
      : store_(store), days_(days), out_(out) {}

  Result<void> visits();
  Result<void> lists();
  void finish();

 private:
  Result<void> pages(std::string_view ids, VisitDay& day);
  Result<const std::string*> path(int64_t id);

  EngagementStore& store_;
  const HistoryDays& days_;
  Histories& out_;
  std::map<std::string, History, std::less<>> by_account_;
};

Result<const std::string*> HistoryLoader::path(int64_t id) {
  auto& path = out_.paths[id];
  if (path == nullptr) {
    auto name = store_.pages().name_of(id);
    if (!name) return name.error();
    path = std::make_unique<const std::string>(*std::move(name));
  }
  return path.get();
}

Result<void> HistoryLoader::pages(std::string_view ids, VisitDay& day) {
  while (!ids.empty()) {
    int64_t id = 0;
    const auto [end, code] = std::from_chars(ids.data(), ids.data() + ids.size(), id);
    if (code != std::errc{}) return Error{"the pages of a day are not numbers"};
    const auto page = path(id);
    if (!page) return page.error();
    day.pages.push_back(*page);
    ids.remove_prefix(std::min(ids.size(), static_cast<size_t>(end - ids.data()) + 1));
  }
  return {};
}

Result<void> HistoryLoader::visits() {
  auto select = store_.database().prepare(
      "SELECT account.name, day.day, visits, people, points, pages, pages_left_out FROM day "
      "JOIN account ON account.id = day.account WHERE day.day BETWEEN ?1 AND ?2 ORDER BY day.account, day.day");
  if (!select) return select.error();
  select->bind(1, days_.first);
  select->bind(2, days_.today);
  History* history = nullptr;
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return {};
    if (history == nullptr || history->account != select->text(0)) {
      history = &by_account_[std::string(select->text(0))];
      history->account = select->text(0);
    }
    VisitDay& day = history->days.emplace_back();
    day.day = static_cast<Day>(select->integer(1));
    day.visits = static_cast<uint32_t>(select->integer(2));
    day.people = static_cast<uint32_t>(select->integer(3));
    day.points = static_cast<uint32_t>(select->integer(4));
    if (day.day > days_.today - static_cast<Day>(accounts::kPageDays))
      history->pages_left_out += static_cast<uint64_t>(select->integer(6));
    if (day.day < days_.pages_from) continue;
    if (auto done = pages(select->text(5), day); !done) return done;
  }
}

/// What was noted up to the first day is as if noted on it: of each field, the last entry counts, which is
/// the one that retention keeps.
Result<void> HistoryLoader::lists() {
  Day last = days_.today;
  if (days_.before_journal) {
    const auto known = list_known_from(store_, days_.first);
    if (!known) return known.error();
    last = std::max(last, known->value_or(last));
  }
  auto select = store_.database().prepare(
      "SELECT account, field, max(min(day, ?1), ?2), value FROM listed WHERE day <= ?3 "
      "ORDER BY account, field, day");
  if (!select) return select.error();
  select->bind(1, days_.today);
  select->bind(2, days_.first);
  select->bind(3, last);
  for (;;) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return {};
    const auto field = std::lower_bound(out_.fields.begin(), out_.fields.end(), select->text(1));
    if (field == out_.fields.end() || *field != select->text(1)) continue;  // conditions no longer test it
    auto found = by_account_.find(select->text(0));
    if (found == by_account_.end()) {
      found = by_account_.emplace(select->text(0), History()).first;
      found->second.account = found->first;
    }
    ListPast& list = found->second.list;
    list.fields.resize(out_.fields.size());
    std::optional<std::string> value;
    if (select->type(3) != SQLITE_NULL) value = std::string(select->text(3));
    const auto day = static_cast<Day>(select->integer(2));
    auto& entries = list.fields[static_cast<size_t>(field - out_.fields.begin())].entries;
    if (!entries.empty() && entries.back().first == day) entries.pop_back();
    entries.emplace_back(day, std::move(value));
  }
}

void HistoryLoader::finish() {
  for (auto& [name, history] : by_account_) {
    history.list.fields.resize(out_.fields.size());
    out_.accounts.push_back(std::move(history));
  }
}

}  // namespace

const History* Histories::find(std::string_view account) const {
  const auto found = std::lower_bound(accounts.begin(), accounts.end(), account,
                                      [](const History& a, std::string_view id) { return a.account < id; });
  return found == accounts.end() || found->account != account ? nullptr : &*found;
}

Result<Histories> load_histories(EngagementStore& store, const JournalFields& fields,
                                 const HistoryDays& days) {
  Histories histories;
  histories.fields = fields;
  HistoryLoader loader(store, days, histories);
  if (auto begun = store.begin_reading(); !begun) return begun.error();
  if (auto done = loader.visits(); !done) return done.error();
  if (auto done = loader.lists(); !done) return done.error();
  if (auto ended = store.commit(); !ended) return ended.error();
  loader.finish();
  return histories;
}

}  // namespace abm::measure
