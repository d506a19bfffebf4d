// A review for a terminal.
#include <algorithm>

#include <fmt/format.h>

#include "measure/report/html.h"
#include "measure/review/show.h"
#include "measure/review/shown.h"
#include "measure/review/tables.h"

namespace abm::measure {
namespace {

std::string title_line(const std::string& title, bool strong) {
  return strong ? fmt::format("\033[1m{}\033[0m\n", title) : title + "\n";
}

void row_line(const std::vector<std::string>& cells, const std::vector<size_t>& widths, std::string& out) {
  std::string line = "  ";
  for (size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    if (i + 1 < cells.size()) line.append(widths[i] - columns_of(cells[i]) + 2, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

void table_lines(const ReviewTable& table, bool strong, std::string& out) {
  out += "\n" + title_line(table.title, strong);
  if (!table.about.empty()) out += "  " + table.about + "\n";
  if (table.rows.empty()) {
    out += "  " + table.empty + "\n";
    return;
  }
  std::vector<size_t> widths;
  for (const std::string& column : table.columns) widths.push_back(columns_of(column));
  for (const auto& row : table.rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  row_line(table.columns, widths, out);
  for (const auto& row : table.rows) row_line(row, widths, out);
  if (table.more > 0) out += fmt::format("  and {} more\n", grouped(static_cast<int64_t>(table.more)));
}

}  // namespace

std::string review_text(const Review& review, bool strong) {
  std::string out = title_line(review_title(review), strong);
  for (const std::string& remark : review.remarks) out += "  " + remark + "\n";
  std::string line = " ";
  for (const auto& [name, figure] : review_figures(review)) {
    const std::string entry = fmt::format(" {} {},", figure, name);
    if (line.size() + entry.size() > 100) {
      out += line + "\n";
      line = " ";
    }
    line += entry;
  }
  line.pop_back();
  out += line + "\n";
  for (const ReviewTable& table : review_tables(review)) table_lines(table, strong, out);
  return out;
}

}  // namespace abm::measure
