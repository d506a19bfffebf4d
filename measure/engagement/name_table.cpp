#include "measure/engagement/name_table.h"

#include <fmt/format.h>

namespace abm::measure {
namespace {

constexpr size_t kMostNames = 200'000;  // in memory

}  // namespace

Result<void> NameTable::prepare(Database& database, std::string_view table, std::string_view column) {
  const auto into = [&](Statement& statement, std::string_view sql) -> Result<void> {
    auto prepared = database.prepare(fmt::format(fmt::runtime(sql), table, column));
    if (!prepared) return prepared.error();
    statement = std::move(*prepared);
    return {};
  };
  if (auto done = into(find_, "SELECT id FROM {} WHERE {} = ?1"); !done) return done;
  if (auto done = into(insert_, "INSERT INTO {} ({}) VALUES (?1)"); !done) return done;
  return into(name_, "SELECT {1} FROM {0} WHERE id = ?1");
}

Result<int64_t> NameTable::id_of(std::string_view name) {
  if (const auto known = ids_.find(name); known != ids_.end()) return known->second;
  find_.bind_text(1, name);
  const auto row = find_.step();
  if (!row) return row.error();
  int64_t id = *row ? find_.integer(0) : 0;
  find_.reset();
  if (!*row) {
    insert_.bind_text(1, name);
    if (auto done = insert_.run(); !done) return done.error();
    id = insert_.last_id();
  }
  if (ids_.size() >= kMostNames) ids_.clear();
  ids_.emplace(name, id);
  return id;
}

Result<std::string> NameTable::name_of(int64_t id) {
  name_.bind(1, id);
  const auto row = name_.step();
  if (!row) return row.error();
  if (!*row) return Error{fmt::format("there is no name with the number {}", id)};
  std::string name(name_.text(0));
  name_.reset();
  return name;
}

}  // namespace abm::measure
