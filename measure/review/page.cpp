// A review as a page that may be mailed. Mail programs drop scripts, style sheets and whatever is loaded:
// each style stands at its element, and the layout is plain tables.
#include <fmt/format.h>

#include "measure/report/html.h"
#include "measure/review/show.h"
#include "measure/review/tables.h"

namespace abm::measure {
namespace {

constexpr std::string_view kBody =
    "margin:0;padding:24px;background:#ffffff;color:#1c2733;font:14px/1.45 Helvetica,Arial,sans-serif";
constexpr std::string_view kMain = "max-width:920px;margin:0 auto";
constexpr std::string_view kTitle = "margin:0 0 4px;font-size:22px;line-height:1.25;color:#102a43";
constexpr std::string_view kSection = "margin:28px 0 2px;font-size:16px;color:#102a43";
constexpr std::string_view kAbout = "margin:0 0 6px;color:#52616f";
constexpr std::string_view kRemark =
    "margin:8px 0;padding:8px 12px;background:#fff6e0;border-left:3px solid #c98a00;color:#4a3500";
constexpr std::string_view kGrid = "border-collapse:collapse;width:100%";
constexpr std::string_view kHead =
    "padding:5px 12px 5px 0;border-bottom:2px solid #c5d0da;text-align:left;vertical-align:bottom;font-size:12px;"
    "font-weight:bold;color:#52616f";
constexpr std::string_view kCell =
    "padding:5px 12px 5px 0;border-bottom:1px solid #e3e9ee;text-align:left;vertical-align:top";
constexpr size_t kShortCell = 12;  // bytes that stay on one line: a day, a tier
constexpr std::string_view kFigures = "border-collapse:separate;border-spacing:0;margin:14px 0 0";
constexpr std::string_view kFigure = "padding:8px 18px 8px 0;vertical-align:top";
constexpr std::string_view kNumber = "font-size:24px;line-height:1.1;font-weight:bold;color:#0b5fa5";
constexpr std::string_view kName = "font-size:12px;color:#52616f";

void cells_html(const std::vector<std::string>& cells, std::string_view tag, std::string_view style,
                std::string& out) {
  out += "<tr>";
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string_view scope = tag == "th" ? " scope=\"col\"" : "";
    const std::string_view weight = i == 0 && tag == "td" ? ";font-weight:bold" : "";
    const std::string_view wrap = cells[i].size() <= kShortCell ? ";white-space:nowrap" : "";
    out += fmt::format("<{0}{1} style=\"{2}{3}{4}\">{5}</{0}>", tag, scope, style, weight, wrap,
                       escaped(cells[i]));
  }
  out += "</tr>\n";
}

void table_html_of(const ReviewTable& table, std::string& out) {
  out += fmt::format("<h2 style=\"{}\">{}</h2>\n", kSection, escaped(table.title));
  if (!table.about.empty()) out += fmt::format("<p style=\"{}\">{}</p>\n", kAbout, remark_html(table.about));
  if (table.rows.empty()) {
    out += fmt::format("<p style=\"{}\">{}</p>\n", kAbout, escaped(table.empty));
    return;
  }
  out += fmt::format("<table style=\"{}\">\n", kGrid);
  cells_html(table.columns, "th", kHead, out);
  for (const auto& row : table.rows) cells_html(row, "td", kCell, out);
  out += "</table>\n";
  if (table.more > 0)
    out +=
        fmt::format("<p style=\"{}\">and {} more</p>\n", kAbout, grouped(static_cast<int64_t>(table.more)));
}

void figures_html(const Review& review, std::string& out) {
  out += fmt::format("<table role=\"presentation\" style=\"{}\"><tr>", kFigures);
  for (const auto& [name, figure] : review_figures(review))
    out += fmt::format("<td style=\"{}\"><div style=\"{}\">{}</div><div style=\"{}\">{}</div></td>", kFigure,
                       kNumber, escaped(figure), kName, escaped(name));
  out += "</tr></table>\n";
}

}  // namespace

std::string review_page(const Review& review) {
  const std::string title = escaped(review_title(review));
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n</head>\n"
      "<body style=\"{}\">\n<div style=\"{}\">\n<h1 style=\"{}\">{}</h1>\n<p style=\"{}\">Compared with {}; days "
      "are UTC.</p>\n",
      title, kBody, kMain, kTitle, title, kAbout, to_string(review.days.before));
  for (const std::string& remark : review.remarks)
    out += fmt::format("<p style=\"{}\">{}</p>\n", kRemark, remark_html(remark));
  figures_html(review, out);
  for (const ReviewTable& table : review_tables(review)) table_html_of(table, out);
  return out + "</div>\n</body>\n</html>\n";
}

}  // namespace abm::measure
