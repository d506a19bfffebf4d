// SQLite for this folder: owned handles, errors as Result, columns by position.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "base/result.h"

namespace abm::measure {

/// A prepared statement. Borrowed text and hashes that are bound must outlive the next step() or reset().
class Statement {
 public:
  Statement() = default;
  /// `damage`: of its database.
  Statement(sqlite3_stmt* statement, std::shared_ptr<bool> damage)
      : damage_(std::move(damage)), statement_(statement) {}

  void bind(int parameter, int64_t value) noexcept { sqlite3_bind_int64(statement_.get(), parameter, value); }
  void bind_text(int parameter, std::string_view text) noexcept {
    sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  void bind_hash(int parameter, const Hash128& hash) noexcept {
    sqlite3_bind_blob(statement_.get(), parameter, &hash, sizeof hash, SQLITE_STATIC);
  }
  void bind_null(int parameter) noexcept { sqlite3_bind_null(statement_.get(), parameter); }

  /// True: there is a row. False: it is done; reset() makes it ready again.
  [[nodiscard]] Result<bool> step();
  void reset() noexcept { sqlite3_reset(statement_.get()); }
  /// step() to the end of a statement without rows, then reset().
  [[nodiscard]] Result<void> run();

  [[nodiscard]] int columns() const noexcept { return sqlite3_column_count(statement_.get()); }
  [[nodiscard]] std::string_view column_name(int column) const noexcept {
    return sqlite3_column_name(statement_.get(), column);
  }
  [[nodiscard]] int type(int column) const noexcept { return sqlite3_column_type(statement_.get(), column); }
  [[nodiscard]] int64_t integer(int column) const noexcept {
    return sqlite3_column_int64(statement_.get(), column);
  }
  [[nodiscard]] double real(int column) const noexcept {
    return sqlite3_column_double(statement_.get(), column);
  }
  /// Valid until the next step() or reset().
  [[nodiscard]] std::string_view text(int column) const noexcept;
  /// A hash that bind_hash() stored.
  [[nodiscard]] Hash128 hash(int column) const noexcept;
  /// The id of the row that run() inserted.
  [[nodiscard]] int64_t last_id() const noexcept {
    return sqlite3_last_insert_rowid(sqlite3_db_handle(statement_.get()));
  }
  [[nodiscard]] sqlite3_stmt* get() const noexcept { return statement_.get(); }

 private:
  struct Close {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };
  std::shared_ptr<bool> damage_;
  std::unique_ptr<sqlite3_stmt, Close> statement_;
};

/// How long a statement waits for what others hold.
inline constexpr int kBusySeconds = 5;

/// One connection, for one thread.
class Database {
 public:
  /// `path` "" is a temporary database that vanishes with the connection.
  [[nodiscard]] static Result<Database> open(const std::string& path);

  /// One or more statements whose rows are not wanted.
  [[nodiscard]] Result<void> execute(const std::string& sql);
  /// The first statement of `sql`; anything after it is refused, so that nothing is silently ignored.
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  /// The same for somebody else's statement: it is refused unless it only reads tables of this database.
  /// Nothing is written, attached or set.
  [[nodiscard]] Result<Statement> prepare_reading(std::string_view sql);
  /// First column of the first row; std::nullopt if there is none or it is NULL.
  [[nodiscard]] Result<std::optional<int64_t>> number(std::string_view sql);

  /// Of the file, for messages.
  [[nodiscard]] const std::string& name() const noexcept { return path_; }
  /// An error of this database or of a statement of it was that the file is damaged, or no database: later
  /// calls, such as ROLLBACK, take nothing of that back.
  [[nodiscard]] bool damaged() const noexcept { return damage_ != nullptr && *damage_; }
  [[nodiscard]] int changes() const noexcept { return sqlite3_changes(handle_.get()); }
  [[nodiscard]] sqlite3* get() const noexcept { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  };
  /// What went wrong just now.
  [[nodiscard]] Error fault(int code) const;

  std::string path_;
  std::shared_ptr<bool> damage_;  ///< shared with statements
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace abm::measure
