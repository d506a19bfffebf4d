#include "measure/report/html.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"

namespace abm::measure {
namespace {

constexpr size_t kShortText = 24;  // bytes that stay on one line

bool ends_with_share(std::string_view column) noexcept {
  return column.ends_with("_share");
}

std::string heading_of(std::string_view column) {
  std::string_view name = column;
  std::string unit;
  if (name.ends_with("_us")) {
    name.remove_suffix(3);
    unit = ", µs";
  }
  std::string heading(name);
  std::replace(heading.begin(), heading.end(), '_', ' ');
  if (heading == "p") return heading;  // statistics write it small
  if (!heading.empty() && heading[0] >= 'a' && heading[0] <= 'z')
    heading[0] = static_cast<char>(heading[0] - 'a' + 'A');
  return escaped(heading) + unit;
}

std::string cell_html(std::string_view column, const Cell& cell) {
  if (const auto* number = std::get_if<int64_t>(&cell))
    return fmt::format("<td class=\"n\" data-v=\"{}\">{}</td>", *number, grouped(*number));
  if (const auto* number = std::get_if<double>(&cell)) {
    return fmt::format("<td class=\"n\" data-v=\"{}\">{}</td>", *number,
                       ends_with_share(column) ? percent(*number) : fmt::format("{:.6g}", *number));
  }
  if (const auto* text = std::get_if<std::string>(&cell)) {
    return fmt::format("<td{}>{}</td>", text->size() <= kShortText ? " class=\"w\"" : "", escaped(*text));
  }
  return "<td class=\"none\">–</td>";
}

bool is_number_column(const Table& table, size_t column) noexcept {
  return !table.rows.empty() &&
         std::all_of(table.rows.begin(), table.rows.end(), [column](const std::vector<Cell>& row) {
           return !std::holds_alternative<std::string>(row[column]);
         });
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const DecodedPoint point = decode_utf8(text);
    const bool allowed = point.valid && (point.value >= 0x20 || point.value == '\t' || point.value == '\n') &&
                         point.value != 0x7f && point.value != 0xfffe && point.value != 0xffff;
    switch (point.value) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        append_utf8(out, allowed ? point.value : U'\ufffd');
    }
    text.remove_prefix(point.length);
  }
  return out;
}

std::string remark_html(std::string_view text) {
  std::string out;
  bool code = false;
  for (;;) {
    const size_t tick = text.find('`');
    out += escaped(text.substr(0, tick));
    if (tick == text.npos) break;
    out += code ? "</code>" : "<code>";
    code = !code;
    text.remove_prefix(tick + 1);
  }
  return code ? out + "</code>" : out;
}

std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (ptrdiff_t at = static_cast<ptrdiff_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<size_t>(at), 1, ',');
  return digits;
}

std::string percent(double share) {
  return fmt::format("{:.1f}%", share * 100);
}

std::string points(double difference) {
  const std::string text = fmt::format("{:+.1f}", difference * 100);
  return text == "-0.0" || text == "+0.0" ? "0.0" : text;
}

std::string p_value(double p) {
  return p < 0.001 ? "<0.001" : fmt::format("{:.3f}", p);
}

std::string p_equation(double p) {
  return p < 0.001 ? "p < 0.001" : "p = " + p_value(p);
}

std::string range_percent(const Interval& interval) {
  return fmt::format("{} to {}", percent(interval.low), percent(interval.high));
}

std::string range_points(const Interval& interval) {
  return fmt::format("{} to {}", points(interval.low), points(interval.high));
}

std::string counted(int64_t number, std::string_view thing) {
  return fmt::format("{} {}{}", grouped(number), thing, number == 1 ? "" : "s");
}

std::string table_html(const Table& table, const TableLook& look) {
  if (table.rows.empty()) return fmt::format("<p class=\"empty\">{}</p>\n", look.empty);
  std::string out = fmt::format(
      "<div class=\"scroll{}\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">"
      "<table class=\"sortable\"><thead><tr>",
      look.is_daily ? " daily" : "", escaped(table.title));
  for (size_t i = 0; i < table.columns.size(); ++i) {
    out += fmt::format("<th scope=\"col\"{}>{}</th>", is_number_column(table, i) ? " class=\"n\"" : "",
                       heading_of(table.columns[i]));
  }
  out += "</tr></thead><tbody>\n";
  const size_t shown = std::min(table.rows.size(), look.max_rows);
  for (size_t row = 0; row < shown; ++row) {
    out += "<tr>";
    for (size_t i = 0; i < table.columns.size(); ++i) out += cell_html(table.columns[i], table.rows[row][i]);
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
  if (look.is_daily)
    out +=
        "<p class=\"more paper\">The figures of each day are on the page on screen, and in <code>abmctl report --csv "
        "DIR</code>.</p>\n";
  if (shown < table.rows.size()) {
    out += fmt::format(
        "<p class=\"more{}\">{} more: <code>abmctl report --csv DIR</code> writes them all.</p>\n",
        look.is_daily ? " daily" : "", counted(static_cast<int64_t>(table.rows.size() - shown), "row"));
  }
  return out;
}

}  // namespace abm::measure
