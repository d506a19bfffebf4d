#include "tools/link_table.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "accounts/feed_source.h"
#include "base/csv_cell.h"
#include "base/text.h"
#include "connect/import/encoding.h"
#include "connect/import/table_file.h"
#include "connect/import/table_reader.h"

namespace abm::tools {
namespace {

constexpr std::string_view kLinkColumn = "link";
constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

/// Whether a spreadsheet wrote it so: UTF-8 or UTF-16 with a byte order mark.
bool has_mark(std::string_view bytes) {
  return bytes.starts_with(kUtf8Mark) || bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff");
}

class LinkTableMaker {
 public:
  LinkTableMaker(connect::TableReader& table, const std::string& name, const LinkOrder& defaults,
                 LinkMaker& maker, Diagnostics& diagnostics)
      : table_(table), name_(name), defaults_(defaults), maker_(maker), diagnostics_(diagnostics) {
    names_.assign(kLinkParts.begin(), kLinkParts.end());
  }

  [[nodiscard]] LinkTable run(std::span<const LinkColumn> columns, bool marked) {
    for (const LinkColumn& column : columns)
      names_[static_cast<size_t>(column.part)] = ascii_lower(trimmed(column.column));
    if (marked) made_.csv = kUtf8Mark;
    if (read_header()) {
      while (table_.next()) read_row();
      if (diagnostics_.ok() && !table_.fault().has_value() && made_.rows.empty())
        error({1, 1}, "the table has no row below its header, so there is nothing to link");
    }
    if (const auto& fault = table_.fault()) error(fault->at, fault->message);
    return std::move(made_);
  }

 private:
  bool read_header() {
    if (!table_.next()) {
      if (!table_.fault().has_value())
        error({1, 1}, "the table is empty: its first row names the columns, of which one is 'account'");
      return false;
    }
    columns_ = table_.size();
    for (size_t i = 0; i < columns_; ++i) {
      const std::string column = ascii_lower(trimmed(table_[i]));
      if (column == kLinkColumn) error(table_.position(i), "there is a column 'link' already; take it out");
      for (size_t part = 0; part < names_.size(); ++part) {
        if (column != names_[part]) continue;
        if (places_[part].has_value()) error(table_.position(i), fmt::format("a second column '{}'", column));
        places_[part] = i;
      }
    }
    for (size_t part = 0; part < names_.size(); ++part) {
      if (!places_[part].has_value() && (part == 0 || names_[part] != kLinkParts[part])) miss(part);
    }
    write_cells(kLinkColumn);
    return diagnostics_.ok();
  }

  /// No column has the name that this part's should have.
  void miss(size_t part) {
    const std::string_view wanted = names_[part];
    std::string hint;
    std::vector<std::string> headers;
    for (size_t i = 0; i < columns_; ++i) {
      headers.emplace_back(table_[i]);
      if (hint.empty() && nearest(trimmed(table_[i]), std::span(&wanted, 1)).has_value())
        hint = fmt::format(" ('{}' is nearly that)", trimmed(table_[i]));
    }
    error({1, 1}, fmt::format("no column is named '{}'{}{}. The columns: {}{}", wanted, hint,
                              part == 0 ? ": its cells are ids, names or domains" : "",
                              connect::joined_headers(headers),
                              part == 0 ? "; '--map account=COLUMN' says which one it is" : ""));
  }

  void read_row() {
    if (table_.size() > columns_) {
      error(table_.position(columns_),
            fmt::format("{} cells, while the first row has {}: is one not quoted?", table_.size(), columns_));
      return;
    }
    LinkOrder order = defaults_;
    const std::array<std::string*, kLinkParts.size()> texts = {&order.account, &order.role, &order.campaign,
                                                               &order.url};
    for (size_t part = 0; part < texts.size(); ++part) {
      if (!places_[part].has_value()) continue;
      const std::string_view cell = trimmed(without_csv_guard(table_[*places_[part]]));
      if (!cell.empty()) *texts[part] = cell;
    }
    LinkedRow row{.line = table_.position(0).line, .link = {}};
    if (const auto fault = maker_.make(order, row.link); fault.has_value()) {
      error(table_.position(places_[static_cast<size_t>(fault->part)].value_or(0)), fault->message);
      return;
    }
    write_cells(row.link.url);
    made_.rows.push_back(std::move(row));
  }

  /// The row's cells as they are, and one more.
  void write_cells(std::string_view last) {
    for (size_t i = 0; i < columns_; ++i) {
      append_csv_cell(made_.csv, without_csv_guard(table_[i]));
      made_.csv += table_.delimiter();
    }
    append_csv_cell(made_.csv, last);
    made_.csv += '\n';
  }

  void error(Position at, std::string message) { diagnostics_.error(name_, at, std::move(message)); }

  connect::TableReader& table_;
  const std::string& name_;
  const LinkOrder& defaults_;
  LinkMaker& maker_;
  Diagnostics& diagnostics_;
  size_t columns_ = 0;
  std::vector<std::string> names_;                               ///< of columns, in LinkPart's order
  std::array<std::optional<size_t>, kLinkParts.size()> places_;  ///< in LinkPart's order
  LinkTable made_;
};

}  // namespace

Result<LinkColumn> link_column(std::string_view text) {
  const size_t equals = text.find('=');
  const std::string_view part = text.substr(0, equals);
  const auto known = std::ranges::find(kLinkParts, part);
  if (equals == text.npos || equals + 1 == text.size() || known == kLinkParts.end())
    return Error{
        fmt::format("--map '{}': PART=COLUMN, with a part of {}", text, fmt::join(kLinkParts, ", "))};
  return LinkColumn{static_cast<LinkPart>(known - kLinkParts.begin()), std::string(text.substr(equals + 1))};
}

LinkTable make_links(std::string_view bytes, const std::string& name, const LinkOrder& defaults,
                     std::span<const LinkColumn> columns, LinkMaker& maker, Diagnostics& diagnostics) {
  connect::EncodingScan scan;
  scan.update(bytes);
  accounts::FeedText source(bytes);
  connect::TableReader table(source, {.encoding = scan.finish(), .delimiter = std::nullopt, .limits = {}});
  return LinkTableMaker(table, name, defaults, maker, diagnostics).run(columns, has_mark(bytes));
}

}  // namespace abm::tools
