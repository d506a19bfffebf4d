// Runs the queries of this folder: each is one table of the page, of --json and of --csv.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "measure/store/sqlite.h"

namespace abm::measure {

/// NULL, a whole number, a number, text.
using Cell = std::variant<std::monostate, int64_t, double, std::string>;

struct Table {
  std::string name;   ///< the file's, without .sql
  std::string title;  ///< the first line of its comment
  std::string about;  ///< the rest of it
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;
  bool built_in = true;

  /// By column name; an empty cell if there is no such row or column.
  [[nodiscard]] const Cell& at(size_t row, std::string_view column) const noexcept;
  [[nodiscard]] int64_t integer(size_t row, std::string_view column) const noexcept;  ///< 0 if it is none
  [[nodiscard]] double real(size_t row, std::string_view column) const noexcept;      ///< 0 if it is none
  [[nodiscard]] std::string_view text(size_t row,
                                      std::string_view column) const noexcept;  ///< "" if it is none
};

struct Query {
  std::string name;
  std::string sql;
  bool built_in = true;
};

/// The built-in queries; with `folder`, its *.sql files replace built-in ones of the same name, or are added.
[[nodiscard]] Result<std::vector<Query>> load_queries(const std::string& folder);

/// Needs the tables of roll_up(). Errors name the query.
[[nodiscard]] Result<std::vector<Table>> run_queries(
    Database& database, const std::vector<Query>& queries,
    const std::function<void(uint64_t done, uint64_t total)>& progress);

/// By name; an empty table if there is none.
[[nodiscard]] const Table& find_table(const std::vector<Table>& tables, std::string_view name) noexcept;

}  // namespace abm::measure
