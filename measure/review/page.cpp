// A review as a page that may be the body of a mail. Mail programs drop scripts and whatever is loaded, and
// many drop style sheets too: each style stands at its element, and the layout is plain tables, which Outlook
// shows. The few rules in the head add what an element cannot say by itself: dark colours, small screens,
// paper.
#include <algorithm>

#include <fmt/format.h>

#include "measure/report/html.h"
#include "measure/review/show.h"
#include "measure/review/tables.h"

namespace abm::measure {
namespace {

// All colours are at least 4.5:1 on their background, as WCAG 2 AA asks.
constexpr std::string_view kStyle =
    ":root{color-scheme:light dark;supported-color-schemes:light dark}\n"
    "@media screen and (prefers-color-scheme:dark){\n"
    "body,.page{background:#14181d!important;color:#e6ebf0!important}\n"
    ".page h1,.page h2{color:#e6ebf0!important}\n"
    ".page th,.quiet{color:#a7b4c0!important}\n"
    ".number{color:#6db3f2!important}\n"
    ".page th{border-color:#3b4855!important}\n"
    ".grid .odd td{background:#1f262d!important}\n"
    ".remark{background:#33280a!important;color:#ffe2a8!important}\n"
    "}\n"
    "@media (max-width:640px){.edge{padding:12px!important}.grid td,.grid th{padding:4px!important}}\n"
    "@media print{.edge{padding:0!important}h2{break-after:avoid}tr{break-inside:avoid}"
    ".odd{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n";

// Word, which shows mail in Outlook, takes the font of cells from nothing but the cells.
constexpr std::string_view kTable =
    "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"";
constexpr std::string_view kBody = "margin:0;padding:0;background:#ffffff;color:#1c2733";
constexpr std::string_view kEdge = "padding:24px;font:14px/20px Arial,sans-serif";
constexpr std::string_view kMain = "max-width:920px;margin:0 auto";
constexpr std::string_view kTitle = "margin:0 0 4px;font:bold 22px/28px Arial,sans-serif;color:#102a43";
constexpr std::string_view kSection = "margin:28px 0 2px;font:bold 16px/22px Arial,sans-serif;color:#102a43";
constexpr std::string_view kAbout = "margin:0 0 6px;color:#52616f;font:14px/20px Arial,sans-serif";
constexpr std::string_view kRemark =
    "margin:8px 0;padding:8px 12px;background:#fff6e0;border-left:3px solid #c98a00;color:#4a3500;"
    "font:14px/20px Arial,sans-serif";
constexpr std::string_view kHead =
    "padding:5px 6px;border-bottom:2px solid #c5d0da;text-align:left;vertical-align:bottom;"
    "font:bold 12px/16px Arial,sans-serif;color:#52616f";
constexpr std::string_view kCell = "padding:5px 6px;font:14px/20px Arial,sans-serif";
constexpr std::string_view kBreaks = ";word-break:break-word";  // for words that are longer than
constexpr size_t kLongWord = 24;                                // so many bytes
constexpr size_t kShortCell = 12;                               // bytes that stay on one line: a day, a tier
constexpr std::string_view kFigure =
    "padding:8px 18px 8px 0;vertical-align:top;font:14px/20px Arial,sans-serif";
constexpr std::string_view kNumber = "font:bold 24px/27px Arial,sans-serif;color:#0b5fa5";
constexpr std::string_view kSmall = "font:12px/16px Arial,sans-serif;color:#52616f";
constexpr size_t kFiguresInARow = 5;

std::string quiet_html(std::string_view style, std::string_view html) {
  return fmt::format("<p class=\"quiet\" style=\"{}\">{}</p>\n", style, html);
}

bool has_long_word(std::string_view text) {
  for (size_t at = 0, end = 0; at < text.size(); at = end + 1) {
    end = std::min(text.find_first_of(" @", at), text.size());
    if (end - at > kLongWord) return true;
  }
  return false;
}

/// An account, and below it in small what is told of it first, for mail is narrow: "one-to-few, OWNER". An
/// address may break before its "@".
std::string account_html(const ReviewTable& table, const std::vector<std::string>& cells) {
  std::string html = fmt::format("<b>{}</b>", escaped(cells[0]));
  if (table.below == 0) return html;
  std::string below;
  for (size_t i = table.below; i > 0; --i) below += escaped(cells[i]) + (i > 1 ? ", " : "");
  if (const size_t at = below.find('@'); at != below.npos) below.insert(at, "<wbr>");
  return html + fmt::format("<br><span class=\"quiet\" style=\"{}\">{}</span>", kSmall, below);
}

/// "pricing-visit × 7" does not break before its number.
std::string words_html(const std::string& cell) {
  constexpr std::string_view kTimes = " × ", kUnbroken = "\u00a0×\u00a0";
  std::string html = escaped(cell);
  if (const size_t at = html.rfind(kTimes); at != html.npos) html.replace(at, kTimes.size(), kUnbroken);
  return html;
}

void head_html(const ReviewTable& table, std::string& out) {
  out += "<thead><tr>";
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0 && i <= table.below) continue;
    const bool wide = table.columns[i] == "next";  // else a narrow page gives it what the others leave
    out += fmt::format("<th scope=\"col\"{} style=\"{}\">{}</th>", wide ? " width=\"30%\"" : "", kHead,
                       escaped(table.columns[i]));
  }
  out += "</tr></thead>\n";
}

void row_html(const ReviewTable& table, const std::vector<std::string>& cells, bool odd, std::string& out) {
  out += odd ? "<tr class=\"odd\" bgcolor=\"#f2f5f7\" valign=\"top\">" : "<tr valign=\"top\">";
  size_t i = 0;
  if (cells[0].empty()) {
    // The row goes on about the account above: what is not said again is one cell.
    while (i + 1 < cells.size() && cells[i].empty()) ++i;
    out += fmt::format("<td colspan=\"{}\"></td>", i - table.below);
  } else {
    const bool is_long = has_long_word(cells[0]) || (table.below > 0 && has_long_word(cells[1]));
    out +=
        fmt::format("<td style=\"{}{}\">{}</td>", kCell, is_long ? kBreaks : "", account_html(table, cells));
    i = 1 + table.below;
  }
  for (; i < cells.size(); ++i) {
    out += fmt::format("<td{} style=\"{}{}\">{}</td>", cells[i].size() <= kShortCell ? " nowrap" : "", kCell,
                       has_long_word(cells[i]) ? kBreaks : "", words_html(cells[i]));
  }
  out += "</tr>\n";
}

void table_html_of(const ReviewTable& table, std::string& out) {
  out += fmt::format("<h2 style=\"{}\">{}</h2>\n", kSection, escaped(table.title));
  if (!table.about.empty()) out += quiet_html(kAbout, remark_html(table.about));
  if (table.rows.empty()) {
    out += quiet_html(kAbout, escaped(table.empty));
    return;
  }
  out +=
      "<table class=\"grid\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" "
      "style=\"border-collapse:collapse\">\n";
  head_html(table, out);
  out += "<tbody>\n";
  bool odd = false;
  for (const auto& row : table.rows) {
    if (!row[0].empty()) odd = !odd;
    row_html(table, row, odd, out);
  }
  out += "</tbody></table>\n";
  if (table.more > 0)
    out += quiet_html(kAbout, fmt::format("and {} more", grouped(static_cast<int64_t>(table.more))));
}

void figures_html(const Review& review, std::string& out) {
  out += fmt::format("{} style=\"max-width:640px\">\n<tr>", kTable);
  size_t shown = 0;
  for (const auto& [name, figure] : review_figures(review)) {
    if (shown > 0 && shown % kFiguresInARow == 0) out += "</tr>\n<tr>";
    ++shown;
    out += fmt::format(
        "<td width=\"20%\" style=\"{}\"><div class=\"number\" style=\"{}\">{}</div>"
        "<div class=\"quiet\" style=\"{}\">{}</div></td>",
        kFigure, kNumber, escaped(figure), kSmall, escaped(name));
  }
  out += "</tr></table>\n";
}

}  // namespace

std::string review_page(const Review& review) {
  const std::string title = escaped(review_title(review));
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
      "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body style=\"{}\">\n",
      title, kStyle, kBody);
  out += fmt::format(
      "{} class=\"page\" style=\"background:#ffffff;color:#1c2733\"><tr><td class=\"edge\" style=\"{}\">\n"
      "<div style=\"{}\">\n<h1 style=\"{}\">{}</h1>\n",
      kTable, kEdge, kMain, kTitle, title);
  out += quiet_html(kAbout, fmt::format("Compared with {}; days are UTC.", to_string(review.days.before)));
  for (const std::string& remark : review.remarks)
    out += fmt::format("<p class=\"remark\" style=\"{}\">{}</p>\n", kRemark, remark_html(remark));
  figures_html(review, out);
  for (const ReviewTable& table : review_tables(review)) table_html_of(table, out);
  return out + "</div>\n</td></tr></table>\n</body>\n</html>\n";
}

}  // namespace abm::measure
