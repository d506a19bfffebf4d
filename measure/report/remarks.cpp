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

/// "react" or "react, vue": what renders the pages whose edits are at risk; "" if no line says so.
Result<std::string> frameworks_at_risk(Database& database) {
  auto names = database.prepare(
      "SELECT DISTINCT f.framework FROM by_content c JOIN content f ON f.id = c.content "
      "JOIN content_slot s ON s.content = c.content "
      "WHERE c.bot = 0 AND s.outcome = 'applied:at-risk' AND f.framework IS NOT NULL ORDER BY 1");
  if (!names) return names.error();
  std::string text;
  for (;;) {
    const auto row = names->step();
    if (!row) return row.error();
    if (!*row) return text;
    if (!text.empty()) text += ", ";
    text += names->text(0);
  }
}

int64_t sum_of(const Table& table, std::string_view column) noexcept {
  int64_t sum = 0;
  for (size_t i = 0; i < table.rows.size(); ++i) sum += table.integer(i, column);
  return sum;
}

/// What was sent is not what was seen: where that is so, or known.
Result<void> remark_on_exposures(const Report& report, Database& database,
                                 std::vector<std::string>& remarks) {
  const Table& exposure = find_table(report.tables, "exposure");
  const int64_t sent = sum_of(exposure, "sent"), at_risk = sum_of(exposure, "at_risk");
  if (at_risk > 0) {
    const auto frameworks = frameworks_at_risk(database);
    if (!frameworks) return frameworks.error();
    remarks.push_back(fmt::format(
        "{} of {} {} on slots that the page's own framework{} replaces after loading: {} not what people saw. abmctl explain "
        "says for a page which slot is to blame; let it be made by script (deliver: script), or put a slot there that holds "
        "(conf/frameworks).",
        grouped(at_risk), counted(sent, "exposure"), sent == 1 ? "was" : "were",
        frameworks->empty() ? "" : fmt::format(" ({})", *frameworks), at_risk == 1 ? "it is" : "they are"));
  }
  const bool is_known = !std::holds_alternative<std::monostate>(exposure.at(0, "seen"));
  if (const int64_t could_be = sent - at_risk; is_known && could_be > 0) {
    const int64_t seen = sum_of(exposure, "seen");
    remarks.push_back(fmt::format(
        "Of {}{}, at least {} ({}) {} in view for a second, as visitors' browsers told.",
        counted(could_be, "exposure"), at_risk > 0 ? " that were not at risk" : "", grouped(seen),
        percent(static_cast<double>(seen) / static_cast<double>(could_be)), seen == 1 ? "was" : "were"));
  }
  const auto strays =
      database.number("SELECT sum(pages) FROM by_fate WHERE fate IN ('another account', 'no visit')");
  if (!strays) return strays.error();
  if (const int64_t count = strays->value_or(0); count != 0) {
    remarks.push_back(fmt::format(
        "Visitors' browsers told of {} that {} to no visit of the same account in what was read: {} in no "
        "figure (“What browsers told” says more).",
        counted(count, "page"), count == 1 ? "belongs" : "belong", count == 1 ? "it is" : "they are"));
  }
  return {};
}

/// Accounts that were drawn together are not compared as if each had been drawn.
Result<void> remark_on_families(Database& database, std::vector<std::string>& remarks) {
  const auto accounts =
      database.number("SELECT count(DISTINCT account) FROM account_state WHERE family IS NOT NULL");
  if (!accounts) return accounts.error();
  if (accounts->value_or(0) == 0) return {};
  const auto families =
      database.number("SELECT count(DISTINCT family) FROM account_state WHERE family IS NOT NULL");
  if (!families) return families.error();
  remarks.push_back(fmt::format(
      "Arms are drawn by parent: {} below a parent belong{} to {}, which all see one story. Where arms or variants are "
      "compared, a family counts as one account, under the name of its topmost one: it has reached a goal, or has an "
      "opportunity, if any of its accounts has. All other figures count accounts.",
      counted(accounts->value_or(0), "account"), accounts->value_or(0) == 1 ? "s" : "",
      families->value_or(0) == 1 ? "1 family" : grouped(families->value_or(0)) + " families"));
  return {};
}

}  // namespace

std::string visit_rules_remark(const std::vector<std::string>& rules) {
  constexpr size_t kShownRules = 5;
  if (rules.empty()) return {};
  std::string names;
  for (size_t i = 0; i < std::min(rules.size(), kShownRules); ++i) names += (i == 0 ? "" : ", ") + rules[i];
  if (rules.size() > kShownRules) names += fmt::format(" and {} more", rules.size() - kShownRules);
  const bool one = rules.size() == 1;
  return fmt::format(
      "Visits decide which accounts {} of the published rules {}: {}. Arms do not depend on visits: they are drawn by "
      "ids alone. But what other rules showed may bring an account back, and so to {}: compare the "
      "accounts that met {} with those that its own holdout kept back, and never with accounts that did not meet it.",
      one ? "one" : grouped(static_cast<int64_t>(rules.size())), one ? "matches" : "match", names,
      one ? "this rule" : "these rules", one ? "it" : "one of them");
}

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

std::vector<std::string> alarms_of(const Report& report) {
  std::vector<std::string> alarms;
  for (const SampleRatio& ratio : report.sample_ratios) {
    if (is_alarm(ratio)) alarms.push_back(alarm_text(ratio));
  }
  for (const SoundnessCheck& check : report.soundness) {
    // What the lots say is told above, one by one.
    if (check.verdict == SoundnessCheck::Verdict::kAlarm && check.name != "lot")
      alarms.push_back(check.sentence);
  }
  return alarms;
}

Result<std::vector<std::string>> remarks_on(const Report& report, int64_t latest_ms, Database& database) {
  std::vector<std::string> remarks;
  auto empty = why_empty(report, database);
  if (!empty) return empty.error();
  if (!empty->empty()) remarks.push_back(std::move(*empty));
  if (auto done = remark_on_exposures(report, database, remarks); !done) return done.error();
  const auto first_visit = database.number("SELECT min(first_ms) FROM by_decision");
  if (!first_visit) return first_visit.error();
  if (first_visit->has_value()) {
    for (std::string& remark : primary_remarks(report.primary, **first_visit))
      remarks.push_back(std::move(remark));
  }
  if (std::string remark = visit_rules_remark(report.plan.visit_rules); !remark.empty())
    remarks.push_back(std::move(remark));
  if (auto done = remark_on_families(database, remarks); !done) return done.error();
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
