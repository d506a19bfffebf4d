#include "measure/engagement/unused_names.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace abm::measure {
namespace {

constexpr size_t kNamesOfBatch = 20'000;

/// Numbers, as dense as names are.
class Numbers {
 public:
  void add(int64_t number) {
    const auto at = static_cast<size_t>(number);
    if (number < 0) return;
    if (at >= has_.size()) has_.resize(std::max(at + 1, has_.size() * 2));
    has_[at] = true;
  }
  [[nodiscard]] bool has(int64_t number) const {
    return number >= 0 && static_cast<size_t>(number) < has_.size() && has_[static_cast<size_t>(number)];
  }

 private:
  std::vector<bool> has_;
};

struct UsedNames {
  Numbers accounts, pages, signal_sets;
};

/// "3,17"
void add_pages(std::string_view ids, Numbers& out) {
  while (!ids.empty()) {
    int64_t id = 0;
    const auto [end, code] = std::from_chars(ids.data(), ids.data() + ids.size(), id);
    if (code == std::errc{}) out.add(id);
    ids.remove_prefix(std::min(ids.size(), static_cast<size_t>(end - ids.data()) + 1));
  }
}

Result<UsedNames> used_names(Database& database) {
  UsedNames used;
  auto visits = database.prepare("SELECT account, page, signals FROM visit");
  if (!visits) return visits.error();
  for (;;) {
    const auto row = visits->step();
    if (!row) return row.error();
    if (!*row) break;
    used.accounts.add(visits->integer(0));
    used.pages.add(visits->integer(1));
    used.signal_sets.add(visits->integer(2));
  }
  // A day that is to be counted again may still have the page of a visit that another line has changed since.
  auto days = database.prepare(
      "SELECT stale.account, pages FROM stale LEFT JOIN day ON day.account = stale.account "
      "AND day.day = stale.day");
  if (!days) return days.error();
  for (;;) {
    const auto row = days->step();
    if (!row) return row.error();
    if (!*row) return used;
    used.accounts.add(days->integer(0));
    add_pages(days->text(1), used.pages);
  }
}

class NameRemover {
 public:
  NameRemover(EngagementStore& store, uint64_t version) : store_(store), version_(version) {}

  /// False: visits have changed.
  Result<bool> remove(std::string_view table, std::string_view column, const Numbers& used);
  [[nodiscard]] uint64_t count() const noexcept { return count_; }

 private:
  Result<bool> batch(Statement& statement, const int64_t* ids, size_t count);

  EngagementStore& store_;
  uint64_t version_;
  uint64_t count_ = 0;
};

Result<bool> NameRemover::batch(Statement& statement, const int64_t* ids, size_t count) {
  if (auto begun = store_.begin(); !begun) return begun.error();
  const auto version = store_.visits_version();
  if (!version) return version.error();
  const bool same = *version == version_;
  for (size_t i = 0; same && i < count; ++i) {
    statement.bind(1, ids[i]);
    if (auto done = statement.run(); !done) return done.error();
    count_ += static_cast<uint64_t>(store_.database().changes());
  }
  if (same) {
    if (auto noted = store_.note_names_gone(); !noted) return noted.error();
  }
  if (auto committed = store_.commit(); !committed) return committed.error();
  return same;
}

Result<bool> NameRemover::remove(std::string_view table, std::string_view column, const Numbers& used) {
  Database& database = store_.database();
  std::vector<int64_t> unused;
  {
    auto select = database.prepare(fmt::format("SELECT id, {} FROM {} ORDER BY id", column, table));
    if (!select) return select.error();
    int64_t last = 0;
    bool last_is_named = false;
    for (;;) {
      const auto row = select->step();
      if (!row) return row.error();
      if (!*row) break;
      last = select->integer(0);
      last_is_named = !select->text(1).empty();
      if (!used.has(last)) unused.push_back(last);
    }
    // Of the last row, only the name goes, once.
    if (!unused.empty() && unused.back() == last && !last_is_named) unused.pop_back();
  }
  if (unused.empty()) return true;
  auto remove = database.prepare(
      fmt::format("DELETE FROM {0} WHERE id = ?1 AND id < (SELECT max(id) FROM {0})", table));
  if (!remove) return remove.error();
  for (size_t at = 0; at < unused.size(); at += kNamesOfBatch) {
    const auto done = batch(*remove, unused.data() + at, std::min(kNamesOfBatch, unused.size() - at));
    if (!done || !*done) return done;
  }
  auto blank = database.prepare(fmt::format(
      "UPDATE OR IGNORE {0} SET {1} = '' WHERE id = ?1 AND id = (SELECT max(id) FROM {0})", table, column));
  if (!blank) return blank.error();
  return batch(*blank, &unused.back(), 1);
}

}  // namespace

Result<UnusedNames> drop_unused_names(EngagementStore& store) {
  const auto version = store.visits_version();
  if (!version) return version.error();
  const auto used = used_names(store.database());
  if (!used) return used.error();
  NameRemover remover(store, *version);
  UnusedNames result;
  result.all = true;
  const struct {
    std::string_view table, column;
    const Numbers& used;
  } tables[] = {{"account", "name", used->accounts},
                {"page", "path", used->pages},
                {"signal_set", "names", used->signal_sets}};
  for (const auto& table : tables) {
    if (!result.all) break;
    const auto done = remover.remove(table.table, table.column, table.used);
    if (!done) return done.error();
    result.all = *done;
  }
  result.count = remover.count();
  return result;
}

}  // namespace abm::measure
