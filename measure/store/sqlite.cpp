#include "measure/store/sqlite.h"

#include <fmt/format.h>

namespace abm::measure {
namespace {

void note_damage(int code, bool* damage) noexcept {
  const int kind = code & 0xff;
  if (damage != nullptr && (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB)) *damage = true;
}

}  // namespace

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  note_damage(code, damage_.get());
  return Error{sqlite3_errmsg(sqlite3_db_handle(statement_.get()))};
}

Result<void> Statement::run() {
  for (;;) {
    const auto row = step();
    if (!row) {
      reset();
      return row.error();
    }
    if (!*row) break;
  }
  reset();
  return {};
}

std::string_view Statement::text(int column) const noexcept {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  return {bytes, bytes == nullptr ? 0 : static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

Hash128 Statement::hash(int column) const noexcept {
  Hash128 hash;
  text(column).copy(reinterpret_cast<char*>(&hash), sizeof hash);
  return hash;
}

Result<Database> Database::open(const std::string& path) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  Database database;
  database.path_ = path.empty() ? "temporary database" : path;
  database.damage_ = std::make_shared<bool>(false);
  database.handle_.reset(handle);
  if (code != SQLITE_OK) {
    return Error{
        fmt::format("{}: {}", database.path_, handle == nullptr ? "no memory" : sqlite3_errmsg(handle))};
  }
  sqlite3_busy_timeout(handle, kBusySeconds * 1000);
  return database;
}

Result<void> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return {};
  return Error{fmt::format("{}: {}", path_, fault(code).message)};
}

Error Database::fault(int code) const {
  note_damage(code, damage_.get());
  return Error{sqlite3_errmsg(handle_.get())};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  const int code =
      sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), 0, &statement, &tail);
  Statement prepared(statement, damage_);
  if (code != SQLITE_OK) return fault(code);
  if (statement == nullptr) return Error{"there is no statement"};
  const std::string_view rest = sql.substr(static_cast<size_t>(tail - sql.data()));
  if (rest.find_first_not_of(" \t\r\n;") != std::string_view::npos)
    return Error{"there is more than one statement"};
  return prepared;
}

namespace {

/// What a query needs, and nothing else. sqlite3_stmt_readonly() lets ATTACH, PRAGMA and BEGIN pass.
int only_reading(void*, int action, const char*, const char*, const char*, const char*) noexcept {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    default:
      return SQLITE_DENY;
  }
}

}  // namespace

Result<Statement> Database::prepare_reading(std::string_view sql) {
  sqlite3_set_authorizer(handle_.get(), only_reading, nullptr);
  auto statement = prepare(sql);
  const bool denied = sqlite3_errcode(handle_.get()) == SQLITE_AUTH;
  sqlite3_set_authorizer(handle_.get(), nullptr, nullptr);
  // VACUUM INTO asks nobody; like all that has no rows, it is no query.
  if (denied || (statement && statement->columns() == 0))
    return Error{"a query may only read: write one SELECT, and change a database with sqlite3"};
  return statement;
}

Result<std::optional<int64_t>> Database::number(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  if (!*row || statement->type(0) == SQLITE_NULL) return std::optional<int64_t>();
  return std::optional(statement->integer(0));
}

}  // namespace abm::measure
