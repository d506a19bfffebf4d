#include "measure/report/page_soundness.h"

#include <algorithm>

#include <fmt/format.h>

#include "measure/report/html.h"
#include "measure/report/line_chart.h"

namespace abm::measure {
namespace {

using Verdict = SoundnessCheck::Verdict;

/// What a manager would ask; the names of soundness.h.
std::string_view question_of(std::string_view name) noexcept {
  constexpr std::pair<std::string_view, std::string_view> kQuestions[] = {
      {"lot", "Are the arms as planned?"},
      {"arrivals", "Were they on every day?"},
      {"exposure", "Did treated accounts get something?"},
      {"contamination", "Was the control group spared?"},
      {"delivery", "Did it arrive where rules are?"},
      {"identification", "Are both arms recognised alike?"},
      {"visits", "Do both arms leave as many lines?"}};
  const auto found = std::find_if(std::begin(kQuestions), std::end(kQuestions),
                                  [name](const auto& entry) { return entry.first == name; });
  return found == std::end(kQuestions) ? name : found->second;
}

std::string checks_html(const Report& report) {
  const auto count = [&](Verdict verdict) {
    return std::count_if(report.soundness.begin(), report.soundness.end(),
                         [verdict](const SoundnessCheck& check) { return check.verdict == verdict; });
  };
  const auto alarms = count(Verdict::kAlarm), sound = count(Verdict::kSound);
  std::string out;
  if (alarms > 0) {
    out = fmt::format(
        "<p class=\"state lacks\"><strong>{} of {} speaks against it</strong>: read it before you believe "
        "any comparison.</p>\n",
        alarms, counted(static_cast<int64_t>(alarms + sound), "check"));
    if (alarms > 1) out.replace(out.find("speaks"), 6, "speak");
  } else if (sound > 0) {
    out = fmt::format(
        "<p class=\"state\"><strong>Nothing speaks against it</strong>: {} found nothing.{}</p>\n",
        counted(sound, "check"),
        count(Verdict::kNotJudged) > 0 ? fmt::format(" {} could not be made.", count(Verdict::kNotJudged))
                                       : "");
  } else {
    out = "<p class=\"state lacks\"><strong>Nothing could be checked</strong>: the reasons are below.</p>\n";
  }
  out += "<dl class=\"checks\">\n";
  for (const SoundnessCheck& check : report.soundness) {
    const std::string_view kind = check.verdict == Verdict::kAlarm   ? "alarm"
                                  : check.verdict == Verdict::kSound ? "sound"
                                                                     : "quiet";
    out += fmt::format("<div class=\"{}\"><dt>{}</dt><dd>{}</dd></div>\n", kind, question_of(check.name),
                       escaped(check.sentence));
  }
  return out + "</dl>\n";
}

std::string titled(const Table& table) {
  return fmt::format("<h3>{}</h3>\n<p class=\"about\">{}</p>\n", escaped(table.title),
                     remark_html(table.about));
}

/// The arms that were found against those that were planned.
std::string plan_table(const Report& report) {
  Table table = find_table(report.tables, "sample_ratio");
  if (report.sample_ratios.empty()) return {};
  for (size_t i = 0; i < report.sample_ratios.size(); ++i) {
    const SampleRatio& ratio = report.sample_ratios[i];
    table.rows[i][0] = ratio.rule.empty() ? "control group" : "holdout of " + ratio.rule;
    for (size_t column = 0; column < table.columns.size(); ++column) {
      Cell& cell = table.rows[i][column];
      if (const auto* p = std::get_if<double>(&cell); p != nullptr && table.columns[column] == "p")
        cell = p_value(*p);
    }
  }
  table.columns[0] = "lot";
  return titled(table) + table_html(table);
}

std::string changed_html(const Table& arms) {
  std::string out;
  for (size_t i = 0; i < arms.rows.size(); ++i) {
    if (arms.integer(i, "changed") == 0) continue;
    out += fmt::format(
        "<p class=\"warning\">{} of the {} group changed sides during the period "
        "(another salt, percentage or <code>by</code> of <code>control</code>). They are compared "
        "as first assigned, which draws the difference towards zero.</p>\n",
        counted(arms.integer(i, "changed"), "account"), escaped(arms.text(i, "arm")));
  }
  return out;
}

std::string exposure_chart(const Table& days) {
  std::vector<ChartLine> lines = {{.name = "treated", .points = {}}, {.name = "control", .points = {}}};
  for (size_t i = 0; i < days.rows.size(); ++i) {
    const auto day = day_number(days.text(i, "day"));
    if (!day.has_value()) continue;
    const auto add = [&](ChartLine& line, std::string_view sent, std::string_view visits) {
      if (days.integer(i, visits) <= 0) return;
      line.points.push_back(
          {.x = *day,
           .y = static_cast<double>(days.integer(i, sent)) / static_cast<double>(days.integer(i, visits)),
           .band = {}});
    };
    add(lines[0], "treated_sent", "treated_visits");
    add(lines[1], "control_sent", "control_visits");
  }
  return line_chart(
      lines, {.label = "Share of visits that were sent an edit, by arm and day",
              .x_axis = "share of visits that were sent an edit, by the arm their account was first in",
              .y_unit = "%",
              .x_is_day = true,
              .x_is_share = false,
              .reference = {},
              .reference_name = {}});
}

std::string arrivals_chart(const Table& days, const Plan& plan) {
  ChartLine line{.name = "found", .points = {}};
  for (size_t i = 0; i < days.rows.size(); ++i) {
    const auto day = day_number(days.text(i, "day"));
    if (!day.has_value() || !std::holds_alternative<double>(days.at(i, "control_share"))) continue;
    line.points.push_back({.x = *day,
                           .y = days.real(i, "control_share"),
                           .band = Interval{days.real(i, "low_share"), days.real(i, "high_share")}});
  }
  return line_chart(
      {line}, {.label = "Share of the control group among accounts that had come, by day",
               .x_axis = "control group’s share of the listed accounts that had come, with what it may be",
               .y_unit = "%",
               .x_is_day = true,
               .x_is_share = false,
               .reference = plan.control,
               .reference_name = "planned"});
}

}  // namespace

std::string soundness_section(const Report& report) {
  std::string out =
      "<section id=\"soundness\"><h2>Is the experiment sound?</h2>\n"
      "<p class=\"about\">A comparison is worth something if nothing but personalization differs between the arms. A "
      "check that is a test raises a false alarm in one of a thousand reports at most.</p>\n";
  out += checks_html(report) + plan_table(report);
  const Table& arms = find_table(report.tables, "arms");
  out += titled(arms) + changed_html(arms) + table_html(arms);
  const Table& days = find_table(report.tables, "arms_by_day");
  if (!days.rows.empty()) {
    out += titled(days) + exposure_chart(days);
    if (report.plan.control.value_or(0) > 0) out += arrivals_chart(days, report.plan);
    out += table_html(days, {.max_rows = 62, .empty = "No account with an arm came.", .is_daily = true});
  }
  if (const Table& table = find_table(report.tables, "contamination"); !table.rows.empty())
    out += titled(table) + table_html(table);
  for (const std::string_view name : {"delivery", "identification_by_arm"}) {
    if (const Table& table = find_table(report.tables, name); !table.rows.empty())
      out += titled(table) + table_html(table);
  }
  return out + "</section>\n";
}

}  // namespace abm::measure
