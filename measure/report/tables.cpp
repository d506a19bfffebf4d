#include "measure/report/tables.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/file.h"
#include "measure/embedded.h"

namespace abm::measure {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxQueryBytes = 1 << 20;
constexpr std::string_view kSuffix = ".sql";
constexpr std::string_view kComment = "-- ";

Cell cell_of(const Statement& statement, int column) {
  switch (statement.type(column)) {
    case SQLITE_INTEGER:
      return statement.integer(column);
    case SQLITE_FLOAT:
      return statement.real(column);
    case SQLITE_NULL:
      return {};
    default:
      return std::string(statement.text(column));
  }
}

/// Title and `about`, from the comment that a query begins with.
void read_comment(std::string_view sql, Table& table) {
  while (sql.starts_with(kComment)) {
    const size_t end = std::min(sql.find('\n'), sql.size());
    const std::string_view line = sql.substr(kComment.size(), end - kComment.size());
    if (table.title.empty()) {
      table.title = line;
    } else {
      if (!table.about.empty()) table.about += ' ';
      table.about += line;
    }
    sql.remove_prefix(std::min(end + 1, sql.size()));
  }
  if (table.title.empty()) table.title = table.name;
}

Result<Table> run_query(Database& database, const Query& query) {
  Table table;
  table.name = query.name;
  table.built_in = query.built_in;
  read_comment(query.sql, table);
  auto statement = database.prepare_reading(query.sql);
  if (!statement) return Error{fmt::format("{}.sql: {}", query.name, statement.message())};
  for (int i = 0; i < statement->columns(); ++i) table.columns.emplace_back(statement->column_name(i));
  for (;;) {
    const auto row = statement->step();
    if (!row) return Error{fmt::format("{}.sql: {}", query.name, row.message())};
    if (!*row) return table;
    std::vector<Cell>& cells = table.rows.emplace_back();
    for (int i = 0; i < statement->columns(); ++i) cells.push_back(cell_of(*statement, i));
  }
}

}  // namespace

const Cell& Table::at(size_t row, std::string_view column) const noexcept {
  static const Cell kNone;
  const auto place = std::find(columns.begin(), columns.end(), column);
  if (row >= rows.size() || place == columns.end()) return kNone;
  return rows[row][static_cast<size_t>(place - columns.begin())];
}

int64_t Table::integer(size_t row, std::string_view column) const noexcept {
  const auto* value = std::get_if<int64_t>(&at(row, column));
  return value == nullptr ? 0 : *value;
}

double Table::real(size_t row, std::string_view column) const noexcept {
  const auto* value = std::get_if<double>(&at(row, column));
  return value == nullptr ? 0 : *value;
}

std::string_view Table::text(size_t row, std::string_view column) const noexcept {
  const auto* value = std::get_if<std::string>(&at(row, column));
  return value == nullptr ? std::string_view() : *value;
}

Result<std::vector<Query>> load_queries(const std::string& folder) {
  std::vector<Query> queries;
  for (const EmbeddedFile& file : kQueries) {
    queries.push_back(
        {std::string(file.name.substr(0, file.name.size() - kSuffix.size())), std::string(file.text)});
  }
  if (folder.empty()) return queries;
  std::error_code code;
  std::vector<fs::path> files;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
    if (at->path().extension() == kSuffix) files.push_back(at->path());
  }
  if (code) return Error{fmt::format("{}: {}", folder, code.message())};
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    auto sql = read_file(file.string(), kMaxQueryBytes);
    if (!sql) return sql.error();
    const std::string name = file.stem().string();
    const auto place =
        std::find_if(queries.begin(), queries.end(), [&](const Query& q) { return q.name == name; });
    if (place != queries.end()) {
      place->sql = std::move(*sql);
    } else {
      queries.push_back({name, std::move(*sql), false});
    }
  }
  return queries;
}

Result<std::vector<Table>> run_queries(Database& database, const std::vector<Query>& queries,
                                       const std::function<void(uint64_t done, uint64_t total)>& progress) {
  std::vector<Table> tables;
  for (const Query& query : queries) {
    progress(tables.size(), queries.size());
    auto table = run_query(database, query);
    if (!table) return table.error();
    tables.push_back(std::move(*table));
  }
  return tables;
}

const Table& find_table(const std::vector<Table>& tables, std::string_view name) noexcept {
  static const Table kNone;
  const auto place =
      std::find_if(tables.begin(), tables.end(), [&](const Table& table) { return table.name == name; });
  return place == tables.end() ? kNone : *place;
}

}  // namespace abm::measure
