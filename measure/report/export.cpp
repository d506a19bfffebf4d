// The report for programs: JSON and CSV.
#include <sys/stat.h>

#include <cerrno>

#include <fmt/format.h>

#include "base/csv_cell.h"
#include "base/file.h"
#include "base/json_writer.h"
#include "base/timestamp.h"
#include "measure/report/export_outcomes.h"
#include "measure/report/page.h"
#include "measure/report/remarks.h"

namespace abm::measure {
namespace {

using Json = JsonWriter<std::string>;

void write_cell(Json& json, const Cell& cell) {
  if (const auto* number = std::get_if<int64_t>(&cell)) {
    json.number(*number);
  } else if (const auto* real = std::get_if<double>(&cell)) {
    json.number(*real);
  } else if (const auto* text = std::get_if<std::string>(&cell)) {
    json.string(*text);
  } else {
    json.null();
  }
}

void write_share(Json& json, std::string_view name, const Share& share, const Interval& interval) {
  json.key(name).begin_object().key("accounts").number(share.accounts).key("reached").number(share.hits);
  json.key("share")
      .number(share.rate())
      .key("interval")
      .begin_array()
      .number(interval.low)
      .number(interval.high);
  json.end_array().end_object();
}

void write_comparison(Json& json, const Comparison& comparison, std::string_view kept_back) {
  write_share(json, "treated", comparison.treated, comparison.treated_interval);
  write_share(json, kept_back, comparison.kept_back, comparison.kept_back_interval);
  json.key("difference");
  if (!comparison.difference.has_value()) {
    json.null().key("not_enough_data").string(comparison.lacks);
    return;
  }
  const Difference& difference = *comparison.difference;
  json.begin_object().key("estimate").number(difference.estimate).key("interval").begin_array();
  json.number(difference.interval.low)
      .number(difference.interval.high)
      .end_array()
      .key("p")
      .number(difference.p);
  json.key("p_adjusted");
  comparison.adjusted_p.has_value() ? json.number(*comparison.adjusted_p) : json.null();
  json.key("detectable").number(comparison.detectable).end_object().key("not_enough_data").null();
}

/// "daily": the figures that may be looked at every day.
void write_daily(Json& json, const Comparison& comparison, std::string_view kept_back, int days) {
  if (!comparison.daily.has_value()) return;
  const DailyLook& look = *comparison.daily;
  json.key("daily");
  if (!look.lacks.empty()) {
    json.null().key("daily_lacks").string(look.lacks);
    return;
  }
  json.begin_object().key("days").number(static_cast<int64_t>(days));
  for (const auto& [name, share] : {std::pair<std::string_view, const Share&>{"treated", look.treated},
                                    std::pair<std::string_view, const Share&>{kept_back, look.kept_back}}) {
    json.key(name).begin_object().key("accounts").number(share.accounts);
    json.key("reached").number(share.hits).key("share").number(share.rate()).end_object();
  }
  json.key("estimate").number(look.treated.rate() - look.kept_back.rate()).key("interval");
  if (look.interval.has_value()) {
    json.begin_array().number(look.interval->low).number(look.interval->high).end_array();
  } else {
    json.null();
  }
  json.key("interval_lacks").string_or_null(look.interval_lacks);
  json.key("evidence").number(look.evidence).key("evidence_now").number(look.evidence_now);
  json.key("p").number(look.p).key("p_adjusted");
  look.adjusted_p.has_value() ? json.number(*look.adjusted_p) : json.null();
  json.end_object();
  json.key("daily_lacks").null();
}

void write_table(Json& json, const Table& table) {
  json.begin_array();
  for (const std::vector<Cell>& row : table.rows) {
    json.begin_object();
    for (size_t i = 0; i < row.size(); ++i) {
      json.key(table.columns[i]);
      write_cell(json, row[i]);
    }
    json.end_object();
  }
  json.end_array();
}

/// Site-wide and by rule, one row per comparison.
Table comparisons(const Report& report) {
  Table table;
  table.name = "comparisons";
  table.columns = {"goal",
                   "group",
                   "rule",
                   "treated",
                   "treated_reached",
                   "kept_back",
                   "kept_back_reached",
                   "difference",
                   "interval_low",
                   "interval_high",
                   "p",
                   "not_enough_data",
                   "daily_treated",
                   "daily_treated_reached",
                   "daily_kept_back",
                   "daily_kept_back_reached",
                   "daily_interval_low",
                   "daily_interval_high",
                   "daily_p",
                   "daily_lacks",
                   "p_adjusted",
                   "daily_p_adjusted",
                   "primary"};
  const auto add = [&table](const std::string& goal, const std::string& group, const std::string& rule,
                            const Comparison& c, bool is_primary) {
    std::vector<Cell> row = {goal, group, rule.empty() ? Cell() : Cell(rule)};
    for (const uint64_t count : {c.treated.accounts, c.treated.hits, c.kept_back.accounts, c.kept_back.hits})
      row.emplace_back(static_cast<int64_t>(count));
    if (c.difference.has_value()) {
      row.insert(row.end(), {c.difference->estimate, c.difference->interval.low, c.difference->interval.high,
                             c.difference->p, Cell()});
    } else {
      row.insert(row.end(), {Cell(), Cell(), Cell(), Cell(), c.lacks});
    }
    const size_t with_daily = row.size() + 8;
    if (c.daily.has_value() && c.daily->lacks.empty()) {
      const DailyLook& look = *c.daily;
      for (const uint64_t count :
           {look.treated.accounts, look.treated.hits, look.kept_back.accounts, look.kept_back.hits})
        row.emplace_back(static_cast<int64_t>(count));
      row.push_back(look.interval.has_value() ? Cell(look.interval->low) : Cell());
      row.push_back(look.interval.has_value() ? Cell(look.interval->high) : Cell());
      row.emplace_back(look.p);
      row.push_back(look.interval_lacks.empty() ? Cell() : Cell(look.interval_lacks));
    } else if (c.daily.has_value()) {
      row.resize(with_daily - 1);
      row.emplace_back(c.daily->lacks);
    }
    row.resize(with_daily);
    row.push_back(c.adjusted_p.has_value() ? Cell(*c.adjusted_p) : Cell());
    const bool is_daily_adjusted = c.daily.has_value() && c.daily->adjusted_p.has_value();
    row.push_back(is_daily_adjusted ? Cell(*c.daily->adjusted_p) : Cell());
    row.emplace_back(std::string(is_primary ? "true" : "false"));
    table.rows.push_back(std::move(row));
  };
  for (const GoalResult& goal : report.goals) {
    add(goal.goal, "all accounts against control", "", goal.all, goal.is_primary);
    for (const TierComparison& tier : goal.tiers)
      add(goal.goal, tier.tier + " against control", "", tier.comparison, false);
  }
  for (const RuleResult& rule : report.rules) {
    if (rule.has_holdout) add(rule.goal, "shown against holdout", rule.rule, rule.all, false);
  }
  return table;
}

Table soundness_table(const Report& report) {
  Table table;
  table.name = "soundness";
  table.columns = {"check", "verdict", "p", "says"};
  for (const SoundnessCheck& check : report.soundness) {
    table.rows.push_back({check.name, std::string(to_string(check.verdict)),
                          check.p.has_value() ? Cell(*check.p) : Cell(), check.sentence});
  }
  return table;
}

/// "primary": what was declared, and since when it has been known.
void write_primary(Json& json, const Primary& primary) {
  json.key("primary");
  if (!primary.is_declared() && primary.changes.empty()) {
    json.null();
    return;
  }
  json.begin_object().key("goal").string_or_null(primary.goal).key("outcome").string_or_null(primary.outcome);
  for (const auto& [name, at] : {std::pair<std::string_view, int64_t>{"since", primary.since},
                                 std::pair<std::string_view, int64_t>{"published", primary.published}}) {
    json.key(name).string_or_null(primary.is_declared() ? format_rfc3339(at) : "");
  }
  json.key("generation");
  primary.is_declared() ? json.number(primary.generation) : json.null();
  json.key("changes").begin_array();
  for (const PrimaryChange& change : primary.changes) {
    json.begin_object().key("at").string(format_rfc3339(change.at));
    json.key("before").string_or_null(change.before).key("after").string_or_null(change.after).end_object();
  }
  json.end_array().end_object();
}

}  // namespace

std::string report_json(const Report& report) {
  std::string out;
  Json json(out);
  json.begin_object().key("generated_at").string(report.generated_at).key("period").begin_object();
  json.key("from");
  report.period.from_ms == Period{}.from_ms ? json.null()
                                            : json.string(format_rfc3339(report.period.from_ms / 1000));
  json.key("until");
  report.period.to_ms == Period{}.to_ms ? json.null()
                                        : json.string(format_rfc3339(report.period.to_ms / 1000));
  json.end_object().key("accounts_listed_by");
  json.string_or_null(report.list_name);
  write_primary(json, report.primary);
  json.key("soundness");
  write_table(json, soundness_table(report));
  json.key("goals").begin_array();
  for (const GoalResult& goal : report.goals) {
    json.begin_object().key("goal").string(goal.goal).key("primary").boolean(goal.is_primary);
    write_comparison(json, goal.all, "control");
    write_daily(json, goal.all, "control", report.plan.days);
    json.key("tiers").begin_array();
    for (const TierComparison& tier : goal.tiers) {
      json.begin_object().key("tier").string(tier.tier);
      write_comparison(json, tier.comparison, "control");
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().key("goal_pages").begin_array();
  for (const GoalPages& goal : report.goal_pages) {
    json.begin_object().key("goal").string(goal.goal).key("pages").number(goal.pages);
    json.key("visits").number(goal.visits).key("nearest").begin_array();
    if (goal.guessed) {
      for (const SeenPath& seen : goal.nearest) json.string(seen.path);
    }
    json.end_array().end_object();
  }
  json.end_array().key("remarks").begin_array();
  for (const std::string& alarm : alarms_of(report)) json.string(alarm);
  for (const std::string& remark : report.remarks) json.string(remark);
  json.end_array().key("rules").begin_array();
  for (const RuleResult& rule : report.rules) {
    json.begin_object().key("rule").string(rule.rule).key("goal").string(rule.goal);
    write_comparison(json, rule.all, "holdout");
    write_daily(json, rule.all, "holdout", report.plan.days);
    json.key("variants").begin_array();
    for (const VariantShare& variant : rule.variants) {
      json.begin_object().key("variant");
      json.string_or_null(variant.variant);
      write_share(json, "treated", variant.share, variant.interval);
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
  if (report.outcomes.has_value()) write_outcomes(json.key("outcomes"), *report.outcomes);
  json.key("tables").begin_object();
  for (const Table& table : report.tables) {
    json.key(table.name);
    write_table(json, table);
  }
  json.end_object().end_object();
  return out;
}

std::string table_csv(const Table& table) {
  std::string out;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) out += ',';
    append_csv_cell(out, table.columns[i]);
  }
  out += "\r\n";
  for (const std::vector<Cell>& row : table.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += ',';
      if (const auto* number = std::get_if<int64_t>(&row[i])) {
        fmt::format_to(std::back_inserter(out), "{}", *number);
      } else if (const auto* real = std::get_if<double>(&row[i])) {
        fmt::format_to(std::back_inserter(out), "{}", *real);
      } else if (const auto* text = std::get_if<std::string>(&row[i])) {
        append_csv_cell(out, *text);
      }
    }
    out += "\r\n";
  }
  return out;
}

Result<void> write_csv(const Report& report, const std::string& folder) {
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) return errno_error(folder, errno);
  std::vector<Table> tables = report.tables;
  tables.push_back(comparisons(report));
  if (report.outcomes.has_value()) tables.push_back(outcomes_table(*report.outcomes));
  tables.push_back(soundness_table(report));
  for (const Table& table : tables) {
    if (auto done = write_file_atomically(fmt::format("{}/{}.csv", folder, table.name), table_csv(table));
        !done)
      return done;
  }
  return {};
}

}  // namespace abm::measure
