#include "tools/link_table.h"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "accounts/feed_source.h"
#include "base/csv_cell.h"
#include "base/text.h"
#include "connect/import/encoding.h"
#include "connect/import/table_reader.h"

namespace abm::tools {
namespace {

/// In LinkPart's order.
constexpr std::array<std::string_view, 4> kLinkColumns = {"account", "role", "campaign", "url"};
constexpr std::string_view kLinkColumn = "link";

class LinkTableMaker {
 public:
  LinkTableMaker(connect::TableReader& table, const std::string& name, const LinkOrder& defaults,
                 LinkMaker& maker, Diagnostics& diagnostics)
      : table_(table), name_(name), defaults_(defaults), maker_(maker), diagnostics_(diagnostics) {}

  [[nodiscard]] LinkTable run() {
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
      for (size_t part = 0; part < kLinkColumns.size(); ++part) {
        if (column != kLinkColumns[part]) continue;
        if (places_[part].has_value()) error(table_.position(i), fmt::format("a second column '{}'", column));
        places_[part] = i;
      }
    }
    if (!places_[0].has_value()) {
      std::string hint;
      for (size_t i = 0; i < columns_ && hint.empty(); ++i) hint = hint_of(table_[i]);
      error({1, 1}, fmt::format("no column is named 'account'{}: its cells are ids, names or domains", hint));
    }
    write_cells(kLinkColumn);
    return diagnostics_.ok();
  }

  static std::string hint_of(std::string_view column) {
    const auto meant = nearest(trimmed(column), std::span(kLinkColumns).first(1));
    return meant.has_value() ? fmt::format(" ('{}' is nearly that)", column) : std::string();
  }

  void read_row() {
    if (table_.size() > columns_) {
      error(table_.position(columns_),
            fmt::format("{} cells, while the first row has {}: is one not quoted?", table_.size(), columns_));
      return;
    }
    LinkOrder order = defaults_;
    const std::array<std::string*, 4> texts = {&order.account, &order.role, &order.campaign, &order.url};
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
  std::array<std::optional<size_t>, 4> places_;  ///< of kLinkColumns
  LinkTable made_;
};

}  // namespace

LinkTable make_links(std::string_view bytes, const std::string& name, const LinkOrder& defaults,
                     LinkMaker& maker, Diagnostics& diagnostics) {
  connect::EncodingScan scan;
  scan.update(bytes);
  accounts::FeedText source(bytes);
  connect::TableReader table(source, {.encoding = scan.finish(), .delimiter = std::nullopt, .limits = {}});
  return LinkTableMaker(table, name, defaults, maker, diagnostics).run();
}

}  // namespace abm::tools
