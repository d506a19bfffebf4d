#include "connect/import/table_source.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "accounts/account.h"
#include "accounts/feed.h"
#include "base/csv_cell.h"
#include "base/text.h"
#include "connect/import/cells.h"
#include "connect/import/report_footer.h"
#include "connect/import/table_file.h"
#include "connect/import/table_reader.h"
#include "connect/import/values.h"

namespace abm::connect {
namespace {

class TableSource {
 public:
  explicit TableSource(const SourceContext& context) : context_(context) {}

  Result<void> run(const OpenSource& open);

 private:
  [[nodiscard]] Error fault_at(Position at, std::string_view message) const {
    return Error{fmt::format("{}:{}:{}: {}", context_.name, at.line, at.column, message)};
  }
  [[nodiscard]] Result<void> find_header(TableReader& table);
  [[nodiscard]] Result<void> rows(TableReader& table);
  [[nodiscard]] Result<void> row(const TableReader& table);
  [[nodiscard]] Result<void> keep_header() const;
  [[nodiscard]] Result<void> keep_row(const TableReader& table, Position at) const;
  void tell(NoteKind kind, Position at, std::string what, std::string detail = {}) const;

  const SourceContext& context_;
  generation::AccountSource source_;  // as it is read: with the kind of a kept table
  bool kept_ = false;
  ColumnPlan plan_;
  size_t columns_ = 0;
  ReportFooter footer_;
};

void TableSource::tell(NoteKind kind, Position at, std::string what, std::string detail) const {
  ImportNote note;
  note.kind = kind;
  note.place = {context_.name, at};
  note.what = std::move(what);
  note.detail = std::move(detail);
  context_.report->note(std::move(note));
}

Result<void> TableSource::run(const OpenSource& open) {
  source_ = *context_.source;
  const auto encoding = find_table_encoding(open, source_.encoding, context_.name);
  if (!encoding) return encoding.error();
  auto file = open();
  if (!file) return file.error();
  const TableOptions options = {.encoding = *encoding, .delimiter = source_.delimiter, .limits = {}};
  auto footer = ReportFooter::find(open, options);
  if (!footer) return footer.error();
  footer_ = std::move(*footer);
  TableReader table(**file, options);
  if (auto found = find_header(table); !found) return found;
  context_.facts->plan = plan_;
  context_.facts->encoding = *encoding;
  context_.facts->delimiter = table.delimiter();
  if (*encoding == Encoding::kWindows1252 && source_.encoding.empty())
    tell(NoteKind::kRead, {}, "is not UTF-8: read as Windows-1252; 'encoding:' in site.yaml decides");
  if (auto kept = keep_header(); !kept) return kept;
  if (plan_.headerless) {
    if (auto first = row(table); !first) return first;
  }
  return rows(table);
}

/// The first record, unless lines of a title stand above the header.
Result<void> TableSource::find_header(TableReader& table) {
  std::vector<std::string> first;
  Position first_at;
  for (size_t skipped = 0; skipped < kMostTitleLines && table.next(); ++skipped) {
    std::vector<std::string> record;
    for (size_t i = 0; i < table.size(); ++i)
      record.push_back(read_text_cell(table[i], accounts::kMaxTextBytes).text);
    if (skipped == 0 && record[0].starts_with(kKeptColumn)) {
      kept_ = true;
      const auto kind = std::find(generation::kSourceKinds.begin(), generation::kSourceKinds.end(),
                                  trimmed(std::string_view(record[0]).substr(kKeptColumn.size())));
      if (kind != generation::kSourceKinds.end())
        source_.kind = static_cast<generation::SourceKind>(kind - generation::kSourceKinds.begin());
    }
    ColumnPlan plan = plan_columns(record, source_);
    const bool names_company = plan.takes(ImportField::kName) || plan.takes(ImportField::kDomains) ||
                               plan.takes(ImportField::kCrmId) || plan.takes(ImportField::kId);
    if (skipped == 0) {
      first = record;
      first_at = table.position(0);
    }
    if (!names_company || (plan.taken.size() < 2 && skipped != 0) ||
        (skipped < kMostTitleLines - 1 && !plan.missing.empty() && plan.taken.size() < 2))
      continue;
    if (!plan.missing.empty()) {
      std::vector<std::string_view> known(plan.headers.begin(), plan.headers.end());
      return fault_at(
          table.position(0),
          fmt::format("the map of this source names the column '{}', which is not there{}{}",
                      plan.missing.front(), did_you_mean(plan.missing.front(), known),
                      source_.live.has_value() ? "; what it is asked for now counts after abmctl sync" : ""));
    }
    if (skipped != 0)
      tell(NoteKind::kRead, first_at, "lines above the header are left out",
           fmt::format("{} lines", skipped));
    plan_ = std::move(plan);
    columns_ = record.size();
    return {};
  }
  if (table.fault().has_value()) return fault_at(table.fault()->at, table.fault()->message);
  if (first.empty()) return Error{fmt::format("{}: the file is empty: export it again", context_.name)};
  return fault_at(
      first_at,
      fmt::format("no column is known to be a company's name, domain or CRM id; name them in this source's "
                  "'map: {{ name: …, domains: … }}'. Its columns: {}",
                  joined_headers(first)));
}

Result<void> TableSource::rows(TableReader& table) {
  while (table.next()) {
    if (context_.progress && context_.facts->rows % 4096 == 0) context_.progress(table.bytes_read());
    if (auto done = row(table); !done) return done;
    if (context_.facts->rows > kMostTableRows)
      return fault_at(table.position(0), fmt::format("more than {} rows", kMostTableRows));
  }
  if (table.fault().has_value()) {
    if (table.fault()->at.line == 0) return Error{table.fault()->message};
    return fault_at(table.fault()->at, table.fault()->message);
  }
  return {};
}

Result<void> TableSource::row(const TableReader& table) {
  if (footer_.has(table)) {
    tell(NoteKind::kRead, table.position(0), "the footer of a report is left out");
    return {};
  }
  ++context_.facts->rows;
  Position at = table.position(0);
  if (kept_) {
    uint32_t line = 0;
    std::from_chars(table[0].data(), table[0].data() + table[0].size(), line);
    at = {line, 0};
  }
  if (table.size() < columns_ && table.ends_file() && table.size() > 1)
    return fault_at(table.position(table.size()),
                    fmt::format("the file is cut short: its last row has {} of {} columns; export it again",
                                table.size(), columns_));
  for (size_t i = columns_; i < table.size(); ++i) {
    if (cell_text(table[i]).empty()) continue;
    tell(NoteKind::kDrop, table.position(i),
         "a row with more fields than the header has columns: a separator in a field without quotes?",
         fmt::format("{} fields, {} columns", table.size(), columns_));
    return {};
  }
  if (table.size() < columns_)
    tell(NoteKind::kRead, at, "a row with fewer fields than the header has columns: the last ones are empty");
  if (table.loose_quotes())
    tell(NoteKind::kRead, at, "a quote inside a field is not written twice: it is kept");
  ImportRecord record;
  record.source = context_.number;
  record.at = {at.line, at.line == 0 ? 0 : 1u};
  CellReader cells(context_, plan_);
  for (const TakenColumn& column : plan_.taken) {
    if (column.column >= table.size()) continue;
    cells.read(column, table[column.column], kept_ ? at : table.position(column.column), record);
  }
  const bool known = record.first(ImportField::kCrmId) != nullptr ||
                     record.first(ImportField::kDomains) != nullptr ||
                     record.first(ImportField::kName) != nullptr || record.first(ImportField::kId) != nullptr;
  if (!known) {
    tell(NoteKind::kDrop, at, "a row without name, domain and CRM id");
    return {};
  }
  ++context_.facts->records;
  if (auto kept = keep_row(table, at); !kept) return kept;
  return context_.take(std::move(record));
}

Result<void> TableSource::keep_header() const {
  if (!context_.keep || kept_) return {};
  std::string line;
  append_csv_cell(
      line, fmt::format("{} {}", kKeptColumn, generation::kSourceKinds[static_cast<size_t>(plan_.kind)]));
  for (const TakenColumn& column : plan_.taken) {
    line += ',';
    append_csv_cell(line, plan_.headers[column.column]);
  }
  return context_.keep(line + "\n");
}

Result<void> TableSource::keep_row(const TableReader& table, Position at) const {
  if (!context_.keep || kept_) return {};
  std::string line = fmt::to_string(at.line);
  for (const TakenColumn& column : plan_.taken) {
    line += ',';
    append_csv_cell(line, table[column.column]);
  }
  return context_.keep(line + "\n");
}

}  // namespace

Result<void> read_table_source(const OpenSource& open, const SourceContext& context) {
  return TableSource(context).run(open);
}

}  // namespace abm::connect
