// Sections in the order in which whoever pays for it asks: did it work, whom did we reach, what do we do
// next, can we trust it.
#include "measure/report/page.h"

#include <openssl/evp.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "measure/embedded.h"
#include "measure/report/chart.h"
#include "measure/report/html.h"
#include "measure/report/page_goals.h"
#include "measure/report/remarks.h"

namespace abm::measure {
namespace {

constexpr size_t kMaxBars = 15;

/// 'sha256-BASE64', as a content security policy names an inline script or style.
std::string csp_hash(std::string_view text) {
  unsigned char digest[32];
  unsigned char base64[48];
  if (EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha256(), nullptr) != 1) return "'none'";
  EVP_EncodeBlock(base64, digest, sizeof digest);
  return fmt::format("'sha256-{}'", reinterpret_cast<const char*>(base64));
}

std::string begin_section(std::string_view id, std::string_view title, std::string_view about) {
  return fmt::format("<section id=\"{}\"><h2>{}</h2>\n<p class=\"about\">{}</p>\n", id, escaped(title),
                     remark_html(about));
}

std::string table_section(const Table& table, const TableLook& look = {}) {
  return begin_section(table.name, table.title, table.about) + table_html(table, look) + "</section>\n";
}

std::string figure(std::string_view name, std::string_view value, std::string_view note) {
  return fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n", name, value, note);
}

std::string period_text(const Report& report, const Table& summary) {
  const std::string_view first = summary.text(0, "first_visit"), last = summary.text(0, "last_visit");
  if (first.empty()) return "no visits in this period";
  std::string seen = first.substr(0, 10) == last.substr(0, 10)
                         ? fmt::format("{} (UTC)", first.substr(0, 10))
                         : fmt::format("{} to {} (UTC)", first.substr(0, 10), last.substr(0, 10));
  if (report.period.from_ms == Period{}.from_ms && report.period.to_ms == Period{}.to_ms) return seen;
  return fmt::format(
      "{}; asked for{}{}", seen,
      report.period.from_ms == Period{}.from_ms ? ""
                                                : " from " + format_rfc3339(report.period.from_ms / 1000),
      report.period.to_ms == Period{}.to_ms ? "" : " until " + format_rfc3339(report.period.to_ms / 1000));
}

std::string header_html(const Report& report) {
  const Table& summary = find_table(report.tables, "summary");
  const int64_t visits = summary.integer(0, "visits"), accounts = summary.integer(0, "accounts");
  const int64_t personalized = summary.integer(0, "personalized"), listed = summary.integer(0, "listed");
  const int64_t could_be = summary.integer(0, "could_be");
  const Table& penetration = find_table(report.tables, "penetration");
  int64_t reached = 0;
  for (size_t i = 0; i < penetration.rows.size(); ++i) reached += penetration.integer(i, "reached");
  std::string out =
      fmt::format("<header><h1>Account-based personalization</h1>\n<p class=\"quiet\">{}{}</p>\n",
                  escaped(period_text(report, summary)),
                  summary.text(0, "hosts").empty() ? "" : " · " + escaped(summary.text(0, "hosts")));
  for (const std::string& alarm : alarms_of(report))
    out += fmt::format("<p class=\"warning\" role=\"alert\">{}</p>\n", escaped(alarm));
  out += "<dl class=\"figures\">\n";
  out += listed > 0
             ? figure("Listed accounts reached", fmt::format("{} of {}", grouped(reached), grouped(listed)),
                      percent(static_cast<double>(reached) / static_cast<double>(listed)) + " of the list")
             : figure("Accounts identified", grouped(accounts), "no account list was given");
  out += figure("Identified visits", grouped(visits), fmt::format("of {}", counted(accounts, "account")));
  out +=
      figure("Personalized",
             could_be > 0 ? percent(static_cast<double>(personalized) / static_cast<double>(could_be)) : "–",
             fmt::format("{} of {} visits that could be", grouped(personalized), grouped(could_be)));
  out += figure("Newly engaged",
                grouped(static_cast<int64_t>(find_table(report.tables, "new_accounts").rows.size())),
                "accounts");
  out += figure("To act on", grouped(static_cast<int64_t>(find_table(report.tables, "signals").rows.size())),
                "signals by account");
  out += "</dl>\n";
  const bool is_doubtful =
      std::any_of(report.sample_ratios.begin(), report.sample_ratios.end(),
                  [](const SampleRatio& ratio) { return ratio.rule.empty() && is_alarm(ratio); });
  for (const GoalResult& goal : report.goals) {
    if (!is_doubtful && can_be_reached(report, goal)) out += verdict_html(goal);
  }
  return out + "</header>\n";
}

std::string remarks_html(const Report& report) {
  std::string out;
  for (const std::string& remark : report.remarks)
    out += fmt::format("<p class=\"warning\">{}</p>\n", escaped(remark));
  return out;
}

std::string damage_warning(const Report& report) {
  const Table& sources = find_table(report.tables, "sources");
  int64_t damaged = 0, lines = 0;
  std::string out;
  for (size_t i = 0; i < sources.rows.size(); ++i) {
    damaged += sources.integer(i, "damaged");
    lines += sources.integer(i, "lines");
    if (const std::string_view fault = sources.text(i, "fault"); !fault.empty())
      out += fmt::format("<p class=\"warning\">{}; what came before that was read.</p>\n", escaped(fault));
  }
  if (damaged > 0) {
    out += fmt::format(
        "<p class=\"warning\">{} of {} could not be read and {} "
        "in no figure (<a href=\"#sources\">which ones</a>).</p>\n",
        grouped(damaged), counted(lines, "line"), damaged == 1 ? "is" : "are");
  }
  return out;
}

std::string reach_section(const Report& report) {
  const Table& table = find_table(report.tables, "penetration");
  std::string out = begin_section("penetration", table.title, table.about);
  if (report.list_name.empty() && table.rows.empty()) {
    return out +
           "<p class=\"empty\">Not known: no account list was given (<code>--accounts "
           "FEED</code>, <code>--site</code> or <code>--data</code>).</p></section>\n";
  }
  std::vector<Bar> bars;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const int64_t reached = table.integer(i, "reached"), listed = table.integer(i, "listed");
    bars.push_back({std::string(table.text(i, "tier")), reached, listed,
                    fmt::format("{} of {} ({})", grouped(reached), grouped(listed),
                                percent(table.real(i, "reached_share")))});
  }
  if (!bars.empty())
    out += bar_chart(bars, "Accounts reached of those listed, by tier", "accounts: reached, of those listed");
  return out + table_html(table, {.empty = "The list holds no account."}) + "</section>\n";
}

std::string recognition_section(const Report& report) {
  const Table& table = find_table(report.tables, "recognition");
  std::string out = begin_section("recognition", table.title, table.about);
  if (table.rows.empty()) {
    return out +
           "<p class=\"empty\">Not known: that takes a published generation (<code>--site</code> or "
           "<code>--data</code>).</p></section>\n";
  }
  std::vector<Bar> bars;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const int64_t known = table.integer(i, "recognisable"), listed = table.integer(i, "listed");
    bars.push_back({std::string(table.text(i, "tier")), known, listed,
                    fmt::format("{} of {}, {} came", grouped(known), grouped(listed),
                                grouped(table.integer(i, "came")))});
  }
  out += bar_chart(bars, "Accounts that an address leads to, of those listed, by tier",
                   "accounts that an address leads to, of those listed");
  return out + table_html(table) + "</section>\n";
}

std::string people_section(const Report& report) {
  const Table& coverage = find_table(report.tables, "coverage");
  std::string out = begin_section("people", coverage.title, coverage.about);
  std::vector<Bar> bars;
  int64_t accounts = 0;
  for (size_t i = 0; i < coverage.rows.size(); ++i) {
    accounts += coverage.integer(i, "accounts");
    bars.push_back({std::string(coverage.text(i, "people")) + (i == 0 ? " person" : " people"),
                    coverage.integer(i, "accounts"), std::nullopt,
                    counted(coverage.integer(i, "accounts"), "account")});
  }
  if (accounts > 0) out += bar_chart(bars, "Accounts by people on their best day", "accounts");
  const Table& people = find_table(report.tables, "people");
  return out +
         fmt::format("<h3>{}</h3>\n<p class=\"about\">{}</p>\n", escaped(people.title),
                     remark_html(people.about)) +
         table_html(people, {.max_rows = 40}) + "</section>\n";
}

std::string activity_section(const Report& report) {
  const Table& daily = find_table(report.tables, "daily");
  std::string out = begin_section("daily", daily.title, daily.about);
  std::vector<DayColumn> days;
  for (size_t i = 0; i < daily.rows.size(); ++i)
    days.push_back(
        {std::string(daily.text(i, "day")), daily.integer(i, "visits"), daily.integer(i, "personalized")});
  if (days.empty()) return out + "<p class=\"empty\">No visits in this period.</p></section>\n";
  out += day_chart(days, "Visits per day, original and personalized", "original", "personalized");
  return out + table_html(daily, {.max_rows = 62}) + "</section>\n";
}

std::string exposure_section(const Report& report) {
  const Table& table = find_table(report.tables, "exposure");
  std::string out = begin_section("exposure", table.title, table.about);
  std::vector<Bar> bars;
  for (size_t i = 0; i < std::min(table.rows.size(), kMaxBars); ++i) {
    std::string name(table.text(i, "rule"));
    if (const std::string_view variant = table.text(i, "variant"); !variant.empty())
      name += fmt::format(" / {}", variant);
    bars.push_back({name, table.integer(i, "sent") - table.integer(i, "at_risk"), table.integer(i, "sent"),
                    fmt::format("{} · {}", grouped(table.integer(i, "sent")), table.text(i, "slot"))});
  }
  if (!bars.empty())
    out += bar_chart(bars, "Visits that were sent each rule's slot",
                     "visits: sent and not at risk, of all that were sent");
  if (bars.size() < table.rows.size()) {
    out += fmt::format("<p class=\"more\">The chart has the {} that were sent most, of {}.</p>\n", kMaxBars,
                       grouped(static_cast<int64_t>(table.rows.size())));
  }
  out += table_html(table, {.empty = "No rule won a slot in this period."});
  if (const Table& told = find_table(report.tables, "beacons"); !told.rows.empty()) {
    out += fmt::format("<h3>{}</h3>\n<p class=\"about\">{}</p>\n", escaped(told.title),
                       remark_html(told.about)) +
           table_html(told);
  }
  return out + "</section>\n";
}

std::string timing_section(const Report& report) {
  const Table& timing = find_table(report.tables, "timing");
  std::string out = begin_section("timing", timing.title, timing.about);
  const Table& histogram = find_table(report.tables, "timing_histogram");
  std::vector<Bar> bars;
  int64_t all = 0, from = 0;
  size_t used = 0;
  for (size_t i = 0; i < histogram.rows.size(); ++i) {
    const int64_t upto = histogram.integer(i, "up_to_us"), requests = histogram.integer(i, "requests");
    const bool last = i + 1 == histogram.rows.size();
    all += requests;
    if (requests > 0) used = i + 1;
    bars.push_back({last ? fmt::format("over {} µs", grouped(from))
                         : fmt::format("{} to {} µs", grouped(from), grouped(upto)),
                    requests, std::nullopt, grouped(requests)});
    from = upto;
  }
  bars.resize(used);
  if (all > 0) out += bar_chart(bars, "Personalized pages by the module's own time", "personalized pages");
  return out + table_html(timing) + "</section>\n";
}

std::string sources_section(const Report& report) {
  const Table& sources = find_table(report.tables, "sources");
  const Table& damage = find_table(report.tables, "damage");
  return begin_section("sources", sources.title, sources.about) + table_html(sources) +
         fmt::format("<h3>{}</h3>\n<p class=\"about\">{}</p>\n", escaped(damage.title),
                     remark_html(damage.about)) +
         table_html(damage, {.empty = "None."}) + "</section>\n";
}

std::string method_section() {
  return fmt::format(
      "<section id=\"method\"><h2>How to read this</h2>\n"
      "<p>Only visits whose company was recognised are here; all times are "
      "UTC. <em>Reached</em> means identified at least once; <em>sent</em> "
      "means that the bytes of the edit left the server, <em>seen</em> that its place was in view for a second.</p>\n"
      "<p><strong>The account is the unit.</strong> Accounts, not visits, are drawn "
      "into the control group by a hash of their id, so accounts are counted: did "
      "anyone from the account see a goal page in the period? Visits of one account are "
      "not independent, and would make any interval too narrow. Accounts are compared "
      "as assigned, whatever was really shown to them; robots are left out.</p>\n"
      "<p><strong>Interval and test.</strong> Shares of one group carry Wilson's score interval "
      "(1927). The difference d&nbsp;=&nbsp;p<sub>treated</sub>&nbsp;−&nbsp;p<sub>control</sub> "
      "carries the score interval of Miettinen and Nurminen (1985): all d with "
      "(p̂<sub>t</sub>&nbsp;−&nbsp;p̂<sub>c</sub>&nbsp;−&nbsp;d)² ÷ V(d) ≤ 1.96², "
      "V(d)&nbsp;=&nbsp;(p̃<sub>t</sub>(1−p̃<sub>t</sub>)/n<sub>t</sub> + "
      "p̃<sub>c</sub>(1−p̃<sub>c</sub>)/n<sub>c</sub>)·n/(n−1), with p̃ the most likely shares "
      "whose difference is d. p is the same score at d&nbsp;=&nbsp;0, the “N−1” chi-squared "
      "test (Campbell 2007); it is below 0.05 exactly when the interval leaves out zero. It "
      "suits small control groups and low shares. A difference is reported only where both "
      "groups have at least {} accounts and at least {:.0f} of each are expected to reach the "
      "goal, and not to reach it (Cochran 1954).</p>\n"
      "<p><strong>Looking every day.</strong> Stopping at the first p below 0.05 finds effects that are not there, "
      "unless the p is made for it. <a href=\"#daily\">Anytime p</a> is 1 ÷ E, with E the largest that the product of "
      "p̂<sub>arm</sub>(y)&nbsp;÷&nbsp;p̂<sub>0</sub>(y) ever was, over accounts in the order in which they came: y says "
      "whether the account reached the goal in its first days, p̂<sub>arm</sub> is its arm's share as estimated from "
      "earlier accounts, and p̂<sub>0</sub> their mean, weighted by the planned shares of the arms (the e-value of "
      "Turner, Ly and Grünwald 2024). The interval is the asymptotic confidence sequence of Waudby-Smith and others "
      "(2021, equation 9), shown where both groups have at least {} accounts, at least {:.0f} of each are expected to "
      "reach the goal and not to, and at least {} of each did and did not.</p>\n"
      "<p><strong>What it cannot tell.</strong> "
      "Differences by tier were not planned for; read them as hints. Nobody can be followed "
      "from one day to the next, so people are counted within days.</p></section>\n",
      kFewestAccounts, kFewestExpected, kFewestInSequence, kFewestExpectedInSequence, kFewestHitsInSequence);
}

}  // namespace

std::string page_html(const Report& report) {
  const auto table = [&](std::string_view name) -> const Table& { return find_table(report.tables, name); };
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += fmt::format(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "script-src {}; style-src {}; base-uri 'none'; form-action 'none'\">\n",
      csp_hash(kPageScript), csp_hash(kPageCss));
  out +=
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<title>Account-based personalization</title>\n";
  out += fmt::format("<style>{}</style>\n</head>\n<body>\n", kPageCss);
  out += header_html(report) + "<main>\n" + remarks_html(report) + damage_warning(report);
  out += goals_section(report) + reach_section(report) + recognition_section(report);
  out += table_section(table("new_accounts"),
                       {.empty = "None, or no earlier visits to tell new accounts from known ones."});
  out += table_section(table("signals"), {.max_rows = 40, .empty = "No visit matched a rule with a signal."});
  out += people_section(report) + activity_section(report) + table_section(table("pages"));
  out += exposure_section(report) + table_section(table("skips")) + table_section(table("identification"));
  out += table_section(table("added_by_source"));
  out += table_section(table("campaigns"), {.empty = "No visit came by a signed link (abmctl link)."});
  out += timing_section(report) + table_section(table("bots")) + table_section(table("loads"));
  for (const Table& own : report.tables) {
    if (!own.built_in) out += table_section(own);
  }
  out += sources_section(report) + method_section();
  out += fmt::format(
      "</main>\n<footer>Made by <code>abmctl report</code> at {}{}. No data left this page.</footer>\n",
      escaped(report.generated_at),
      report.list_name.empty() ? "" : "; account list: " + escaped(report.list_name));
  out += fmt::format("<script>{}</script>\n</body>\n</html>\n", kPageScript);
  return out;
}

}  // namespace abm::measure
