// abmctl report: visit logs → SQLite → queries → one page.
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "base/timestamp.h"
#include "measure/embedded.h"
#include "measure/outcomes/outcome_rows.h"
#include "measure/outcomes/outcomes.h"
#include "measure/report/comparison.h"
#include "measure/report/daily_looks.h"
#include "measure/report/outcome_words.h"
#include "measure/report/page.h"
#include "measure/report/remarks.h"
#include "measure/report/rollup.h"
#include "measure/report/several.h"
#include "measure/report/tables.h"
#include "measure/store/load.h"
#include "measure/store/visit_store.h"
#include "measure/visits/visit_line.h"
#include "tools/account_list.h"
#include "tools/command.h"
#include "tools/commands.h"
#include "tools/primary.h"
#include "tools/report_outcomes.h"
#include "tools/report_plan.h"

namespace abm::tools {
namespace {

using measure::Report;
using measure::SourceCounts;

struct ReportOptions {
  std::vector<std::string> logs;
  std::vector<std::string> goals;
  AccountListOptions list;
  OutcomeOptions outcomes;
  ReportPlanOptions plan;
  std::string db, from, to, output, csv, sql;
  bool json = false;
};

/// A day's first instant or a moment; with `end`, a day's end.
std::optional<int64_t> parse_bound(const std::string& text, bool end) {
  constexpr int64_t kDay = 86'400;
  if (const auto moment = parse_written_time(text); moment.has_value()) return *moment * 1000;
  const auto day = text.size() == 10 ? parse_rfc3339(text + "T00:00:00Z") : std::nullopt;
  if (!day.has_value()) return std::nullopt;
  return (*day + (end ? kDay : 0)) * 1000;
}

Result<measure::Period> parse_period(const ReportOptions& options) {
  measure::Period period;
  for (const bool end : {false, true}) {
    const std::string& text = end ? options.to : options.from;
    if (text.empty()) continue;
    const auto bound = parse_bound(text, end);
    if (!bound.has_value()) {
      return Error{fmt::format("--{} '{}' is neither a day (2026-11-01) nor a moment (2026-11-01T09:00:00Z)",
                               end ? "to" : "from", text)};
    }
    (end ? period.to_ms : period.from_ms) = *bound;
  }
  if (period.from_ms >= period.to_ms)
    return Error{fmt::format("--from '{}' is not before --to '{}'", options.from, options.to)};
  return period;
}

std::function<void(uint64_t, uint64_t)> progress_of(Output& out, std::string_view phase) {
  return [&out, phase](uint64_t done, uint64_t total) { out.progress(phase, done, total); };
}

/// Says on stderr what was loaded; returns the status that follows from it.
Status tell_sources(const std::vector<SourceCounts>& sources, const Output& out) {
  uint64_t lines = 0, good = 0;
  for (const SourceCounts& source : sources) {
    lines += source.lines;
    good += source.loaded + source.known;
    if (!source.fault.empty()) out.note(fmt::format("{}; what came before that was read", source.fault));
    for (size_t i = 0; i < source.damage.size(); ++i) {
      const SourceCounts::Damaged& damaged = source.damage[i];
      if (damaged.lines == 0) continue;
      out.note(fmt::format("{}: {} {} left out: {}: {}", source.name, damaged.lines,
                           damaged.lines == 1 ? "line" : "lines", to_string(static_cast<measure::Damage>(i)),
                           damaged.examples));
    }
  }
  return lines > 0 && good == 0 ? Status::kProblems : Status::kOk;
}

/// By how many lines have it.
std::vector<std::pair<std::string, uint64_t>> robots_in(const std::vector<SourceCounts>& sources) {
  std::map<std::string, uint64_t> all;
  for (const SourceCounts& source : sources) {
    for (const auto& [sign, lines] : source.robots) all[sign] += lines;
  }
  std::vector<std::pair<std::string, uint64_t>> sorted(all.begin(), all.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return sorted;
}

/// The report as far as it is known before visits are counted.
struct Asked {
  ReportPlan plan;
  std::optional<measure::OutcomesRequest> outcomes;
};

/// Opportunities of accounts, and the tables that queries read of them.
Result<void> add_outcomes(std::optional<measure::OutcomesRequest> request, measure::VisitStore& store,
                          std::vector<measure::Query>& queries, Report& report) {
  if (!request.has_value()) return measure::write_outcome_rows(store.database(), nullptr);
  auto outcomes = measure::gather_outcomes(store.database(), std::move(*request));
  if (!outcomes) return outcomes.error();
  report.outcomes = std::move(*outcomes);
  const std::string name = "outcome_accounts";
  if (std::none_of(queries.begin(), queries.end(),
                   [&](const measure::Query& query) { return query.name == name; }))
    queries.push_back({name, std::string(measure::kOutcomeAccountsSql)});
  return measure::write_outcome_rows(store.database(), &*report.outcomes);
}

Result<Report> make_report(const ReportOptions& options, Asked asked,
                           const std::vector<SourceCounts>& sources, measure::VisitStore& store,
                           Output& out) {
  Report result;
  result.plan = std::move(asked.plan.plan);
  if (const auto data = data_folder(options.list.site); data) result.primary = published_primary(*data);
  const auto period = parse_period(options);
  if (!period) return period.error();
  auto queries = measure::load_queries(options.sql);
  if (!queries) return queries.error();
  result.period = *period;
  const auto now = static_cast<int64_t>(::time(nullptr));
  const int64_t latest_ms = now * 1000 + measure::kFurthestAheadMs;
  // Databases may hold lines from before such times were left out.
  measure::RollupOptions rollup{.period = {.from_ms = std::max(period->from_ms, measure::kEarliestVisitMs),
                                           .to_ms = std::min(period->to_ms, latest_ms + 1)},
                                .goals = {}};
  // The comparison that was meant is made, whatever was asked for besides.
  if (!result.primary.goal.empty()) rollup.goals.push_back(result.primary.goal);
  for (const std::string& goal : options.goals) {
    if (std::find(rollup.goals.begin(), rollup.goals.end(), goal) == rollup.goals.end())
      rollup.goals.push_back(goal);
  }
  if (auto done = measure::set_listed_arms(store.database(), asked.plan.arms); !done) return done.error();
  if (auto done = measure::roll_up(store.database(), rollup, progress_of(out, "counting visits")); !done)
    return done.error();
  if (asked.outcomes.has_value() && result.primary.is_declared()) {
    generation::PrimaryGoal& primary = asked.outcomes->primary.emplace();
    primary.goal = result.primary.goal;
    primary.outcome = result.primary.outcome;
    primary.since = result.primary.since;
  }
  if (auto done = add_outcomes(std::move(asked.outcomes), store, *queries, result); !done)
    return done.error();
  auto tables = measure::run_queries(store.database(), *queries, progress_of(out, "running queries"));
  if (!tables) return tables.error();
  result.tables = std::move(*tables);
  for (measure::Table& table : result.tables) {
    if (table.name == "sample_ratio") result.sample_ratios = measure::judge_sample_ratios(table, result.plan);
  }
  result.soundness = measure::check_soundness(result.tables, result.sample_ratios, result.plan);
  result.goals = measure::compare_goals(find_table(result.tables, "goal_accounts"));
  result.rules = measure::compare_rules(find_table(result.tables, "rule_accounts"));
  const auto last_visit = store.database().number("SELECT max(last_ms) FROM by_decision");
  if (!last_visit) return last_visit.error();
  measure::look_daily(result, last_visit->value_or(0));
  if (result.outcomes.has_value()) {
    // What visits distort says nothing about accounts that count without one.
    const bool listed_is_off = std::any_of(
        result.sample_ratios.begin(), result.sample_ratios.end(),
        [](const measure::SampleRatio& ratio) { return ratio.of_listed && measure::is_alarm(ratio); });
    measure::judge_outcomes(*result.outcomes, result.plan,
                            {.came = measure::is_control_doubtful(result.sample_ratios, result.soundness),
                             .listed = listed_is_off});
  }
  measure::adjust_for_several(
      result, result.outcomes.has_value() ? measure::family_of(*result.outcomes) : measure::Family());
  result.generated_at = format_rfc3339(now);
  auto goal_pages = measure::goal_pages(store.database());
  if (!goal_pages) return goal_pages.error();
  result.goal_pages = std::move(*goal_pages);
  result.robots = robots_in(sources);
  auto remarks = measure::remarks_on(result, latest_ms, store.database());
  if (!remarks) return remarks.error();
  result.remarks = std::move(*remarks);
  if (result.outcomes.has_value()) {
    for (std::string& remark : measure::outcome_remarks(*result.outcomes))
      result.remarks.push_back(std::move(remark));
  }
  return result;
}

Result<void> write_results(const ReportOptions& options, const Report& result, const Output& out) {
  if (!options.csv.empty()) {
    if (auto done = measure::write_csv(result, options.csv); !done) return done;
  }
  if (options.json) out.line(measure::report_json(result));
  if (options.output.empty() && (options.json || !options.csv.empty())) return {};
  const std::string page = measure::page_html(result);
  if (options.output.empty() || options.output == "-") {
    out.bytes(page);
    return {};
  }
  if (auto done = write_file_atomically(options.output, page); !done) return done;
  if (!options.json) {
    const measure::Table& summary = find_table(result.tables, "summary");
    out.line(fmt::format("{}: {} visits of {} accounts", options.output, summary.integer(0, "visits"),
                         summary.integer(0, "accounts")));
  }
  return {};
}

/// Ids of all that are stored.
Result<std::vector<std::string>> accounts_in(measure::Database& database) {
  auto rows = database.prepare("SELECT DISTINCT account FROM account_state ORDER BY 1");
  if (!rows) return rows.error();
  std::vector<std::string> ids;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return ids;
    ids.emplace_back(rows->text(0));
  }
}

Status run(const ReportOptions& options, Context& context) {
  Output& out = context.out;
  if (options.logs.empty() && options.db.empty())
    return out.failure("no visit log was named, and no --db that holds visits ('-' reads standard input)");
  if (options.output.empty() && options.csv.empty() && !options.json && ::isatty(STDOUT_FILENO) != 0)
    return out.failure("a page would fill the terminal: name a file with -o, or send it on with '-o -'");
  const auto period = parse_period(options);
  if (!period) return out.failure(period.message());
  const auto list = load_account_list(options.list);
  if (!list) return out.failure(list.message());
  auto plan = make_report_plan(options.plan, options.list.site, *list);
  if (!plan) return out.failure(plan.message());
  auto store = measure::VisitStore::open(options.db);
  if (!store) return out.failure(store.message());
  const auto sources =
      measure::load_logs(options.logs, *store, list->has_value() ? &(*list)->accounts : nullptr,
                         progress_of(out, "reading visits"));
  if (!sources) return out.failure(sources.message());
  const auto seen = accounts_in(store->database());
  if (!seen) return out.failure(seen.message());
  std::vector<std::string> unread;
  auto outcomes =
      outcomes_request(options.outcomes,
                       {.list_options = options.list,
                        .list = *list,
                        .seen = *seen,
                        .from_ms = options.from.empty() ? std::nullopt : std::optional(period->from_ms)},
                       unread, out);
  if (!outcomes) return out.failure(outcomes.message());
  if (outcomes->has_value() && !options.plan.control.empty() && plan->arms.empty())
    (*outcomes)->listed_lacks =
        "--control says that visits are from under another control group than the published rules draw";
  auto result = make_report(options, {std::move(*plan), std::move(*outcomes)}, *sources, *store, out);
  if (!result) return out.failure(result.message());
  if (list->has_value()) result->list_name = (*list)->name;
  std::move(unread.begin(), unread.end(), std::back_inserter(result->remarks));
  const Status status = tell_sources(*sources, out);
  for (const std::string& alarm : measure::alarms_of(*result)) out.note(alarm);
  for (const std::string& remark : result->remarks) out.note(remark);
  if (result->outcomes.has_value()) {
    for (const std::string& remark : result->outcomes->set.remarks) out.note(remark);
  }
  if (auto done = write_results(options, *result, out); !done) return out.failure(done.message());
  return status;
}

}  // namespace

void add_report(Command& app, Context& context) {
  auto options = std::make_shared<ReportOptions>();
  Command* command =
      app.add_subcommand("report", "Makes a page about visits: whom they reached and what they did");
  command->add_option("log", options->logs, "visit logs, plain or gzip, in any order; '-': standard input");
  command
      ->add_option(
          "--goal", options->goals,
          "path of a goal page, a glob as in rules; may be repeated; the primary goal of the published "
          "site is there in any case")
      .repeatable();
  command->add_option(
      "--within", options->plan.within,
      "days from an account's first visit in which a goal counts, in what may be looked at daily; default: 14");
  command->add_option("--control", options->plan.control,
                      "planned share of the control group in percent; default: that of the published site");
  options->outcomes.add_to(*command);
  options->list.add_to(*command);
  command->add_option(
      "--db", options->db,
      "SQLite database that keeps the visits; a line is stored once, however often it is read");
  command->add_option("--from", options->from, "first day (UTC), or first moment");
  command->add_option("--to", options->to, "last day (UTC, all of it), or the moment to stop before");
  command->add_option("-o,--output", options->output, "the page; default: standard output");
  command->add_flag("--json", options->json, "all figures as JSON on standard output");
  command->add_option("--csv", options->csv, "folder for CSV files, one per table");
  command->add_option("--sql", options->sql,
                      "folder of *.sql files to run in place of the built-in ones, or beside them");
  command->footer(
      "Without --accounts, --site or --data, the listed accounts are those of the nearest site upward, if it is published.\n"
      "Opportunities belong to accounts of that list; what counts stands under outcomes: of site.yaml.\n"
      "Exit status 1 when no line of the logs could be read.\n"
      "Example:\n"
      "  abmctl report /var/log/nginx/abm-visits.jsonl* --goal /demo --goal '/contact/**' -o november.html\n"
      "  abmctl report /var/log/nginx/abm-visits.jsonl* --opportunities deals.csv --window 180 -o pipeline.html\n"
      "  abmctl report --db visits.db /var/log/nginx/abm-visits.jsonl.1 --from 2026-11-01 --to 2026-11-30 --json");
  command->callback([options, &context] { context.status = run(*options, context); });
}

}  // namespace abm::tools
