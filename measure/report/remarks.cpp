#include "measure/report/remarks.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "measure/report/html.h"
#include "measure/visits/visit_line.h"

namespace abm::measure {
namespace {

std::string day_of(int64_t ms) {
  return format_rfc3339(ms / 1000).substr(0, 10);
}

/// "All 3" or "The only".
std::string all_of(int64_t count) {
  return count == 1 ? "The only" : "All " + grouped(count);
}

/// " (taken for such by: curl 12, wget 3)", or "" where no line says by what.
std::string signs_text(const std::vector<std::pair<std::string, uint64_t>>& signs) {
  constexpr size_t kShownSigns = 5;
  if (signs.empty()) return {};
  std::string text = " (taken for such by:";
  for (size_t i = 0; i < std::min(signs.size(), kShownSigns); ++i)
    text += fmt::format("{} {} {}", i == 0 ? "" : ",", signs[i].first,
                        grouped(static_cast<int64_t>(signs[i].second)));
  if (signs.size() > kShownSigns) text += fmt::format(", and {} more", signs.size() - kShownSigns);
  return text + ")";
}

/// Why no figure counts anything, though something is stored.
Result<std::string> why_empty(const Report& report, Database& database) {
  const Table& summary = find_table(report.tables, "summary");
  if (summary.rows.empty() || summary.integer(0, "visits") != 0) return std::string();
  if (const int64_t robots = summary.integer(0, "bot_visits"); robots != 0) {
    return fmt::format(
        "{} {} in this period {} by robots{}, which are in no figure. Programs such as curl and wget, crawlers, monitors "
        "and headless browsers are taken for robots by the user agent that they send. To try the site by hand, use a "
        "browser, or give curl the user agent of one (-A).",
        all_of(robots), robots == 1 ? "visit" : "visits", robots == 1 ? "is" : "are",
        signs_text(report.robots));
  }
  const auto loads = database.number("SELECT sum(visits) FROM by_load WHERE load <> 0");
  if (!loads) return loads.error();
  if (const int64_t others = loads->value_or(0); others != 0) {
    return fmt::format("{} {} in this period {} for a prefetch or a part of a page, which no figure counts.",
                       all_of(others), others == 1 ? "request" : "requests", others == 1 ? "is" : "are");
  }
  const auto first = database.number("SELECT min(ts_ms) FROM visit");
  if (!first) return first.error();
  const auto last = database.number("SELECT max(ts_ms) FROM visit");
  if (!last) return last.error();
  if (!first->has_value() || !last->has_value()) return std::string();
  return fmt::format("No visit lies in this period; those that were read lie between {} and {} (UTC).",
                     day_of(**first), day_of(**last));
}

}  // namespace

std::string goal_remark(const GoalPages& goal) {
  if (goal.pages == 0) {
    std::string text = fmt::format(
        "The goal {} matches no page that was ever seen, so nobody can have reached it", goal.goal);
    if (goal.nearest.empty()) return text + ".";
    text += goal.guessed ? "; nearest:" : "; nothing resembles it, and the pages with most visits are:";
    const char* separator = " ";
    for (const SeenPath& seen : goal.nearest) {
      text += fmt::format("{}{} ({})", separator, seen.path, counted(seen.visits, "visit"));
      separator = ", ";
    }
    return text + ".";
  }
  if (goal.visits > 0) return {};
  return fmt::format("The goal {} matches {}, but no person was seen there in this period.", goal.goal,
                     counted(goal.pages, "page"));
}

Result<std::vector<std::string>> remarks_on(const Report& report, int64_t latest_ms, Database& database) {
  std::vector<std::string> remarks;
  auto empty = why_empty(report, database);
  if (!empty) return empty.error();
  if (!empty->empty()) remarks.push_back(std::move(*empty));
  for (const GoalPages& goal : report.goal_pages) {
    if (std::string remark = goal_remark(goal); !remark.empty()) remarks.push_back(std::move(remark));
  }
  const auto odd = database.number(
      fmt::format("SELECT count(*) FROM visit WHERE ts_ms < {} OR ts_ms > {}", kEarliestVisitMs, latest_ms));
  if (!odd) return odd.error();
  if (const int64_t count = odd->value_or(0); count != 0) {
    remarks.push_back(
        fmt::format("{} of the database {} a time before 2020 or over a year ahead, and {} in no figure.",
                    counted(count, "visit"), count == 1 ? "has" : "have", count == 1 ? "is" : "are"));
  }
  return remarks;
}

}  // namespace abm::measure
