#include "measure/report/page_outcomes.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "measure/report/html.h"
#include "measure/report/money_text.h"
#include "measure/report/outcome_charts.h"
#include "measure/report/outcome_words.h"
#include "measure/report/tables.h"

namespace abm::measure {
namespace {

constexpr size_t kComparisonColumns = 7;

int64_t signed_count(uint64_t count) noexcept {
  return static_cast<int64_t>(count);
}

std::string primary_text(const Outcomes& outcomes) {
  if (outcomes.primary.empty()) return {};
  return fmt::format(
      " <code>{}</code> of accounts that visited is the primary outcome, as <code>primary:</code> declares: its p stands as "
      "it is, and every other p is one of several.",
      escaped(outcomes.primary));
}

/// How exports were read, as their reader tells it.
std::string reading_html(const Outcomes& outcomes) {
  if (outcomes.set.remarks.empty()) return {};
  std::string out = "<h3>How the exports were read</h3>\n<ul class=\"about\">\n";
  for (const std::string& remark : outcomes.set.remarks) out += fmt::format("<li>{}</li>\n", escaped(remark));
  return out + "</ul>\n";
}

std::string what_counts(const Outcomes& outcomes) {
  const connect::OpportunitySet& set = outcomes.set;
  std::string sources;
  for (const std::string& source : set.sources) sources += (sources.empty() ? "" : ", ") + source;
  return fmt::format(
      "<p class=\"about\">{} from {}, known until {}. An opportunity counts if it was created when the account's clock had "
      "started, and within {} ({}). Every account counts in the arm that it was assigned to, whatever it was shown, with an "
      "opportunity or without.{}{}</p>\n",
      set.opportunities.size() == 1 ? "1 opportunity"
                                    : grouped(signed_count(set.opportunities.size())) + " opportunities",
      escaped(sources), format_rfc3339(set.as_of_ms / 1000).substr(0, 10),
      counted(outcomes.settings.window_days, "day"),
      outcomes.settings.window_declared ? "as declared" : "not declared", primary_text(outcomes),
      set.has_types ? " Renewals are no opportunities here: they are told as retention." : "");
}

std::string share_text(const Share& share) {
  if (share.accounts == 0) return "no accounts";
  return fmt::format("{} ({} of {})", percent(share.rate()), grouped(signed_count(share.hits)),
                     grouped(signed_count(share.accounts)));
}

std::vector<Cell> share_row(std::string name, const ShareOutcome& share) {
  const Comparison& c = share.comparison;
  std::vector<Cell> cells = {std::move(name), share_text(c.treated), share_text(c.kept_back)};
  if (c.difference.has_value()) {
    cells.emplace_back(points(c.difference->estimate) + " points");
    cells.emplace_back(range_points(c.difference->interval));
    cells.emplace_back(p_value(c.difference->p));
    cells.push_back(c.adjusted_p.has_value() ? Cell(p_value(*c.adjusted_p)) : Cell());
  } else {
    cells.emplace_back("not enough data: " + c.lacks);
  }
  cells.resize(kComparisonColumns);
  return cells;
}

std::vector<Cell> money_row(std::string name, const std::string& currency, const MoneyComparison& money) {
  std::vector<Cell> cells = {std::move(name), money_text(currency, money.treated.mean),
                             money_text(currency, money.kept_back.mean)};
  if (money.difference.has_value()) {
    cells.emplace_back(money_text(currency, money.difference->estimate));
    cells.emplace_back(money.interval_lacks.empty() ? money_range(currency, money.difference->interval)
                                                    : "none: " + money.interval_lacks);
    cells.emplace_back(p_value(money.difference->p));
    cells.push_back(money.adjusted_p.has_value() ? Cell(p_value(*money.adjusted_p)) : Cell());
  } else {
    cells.emplace_back("not enough data: " + money.lacks);
  }
  cells.resize(kComparisonColumns);
  return cells;
}

/// No p: see AdjustedFigure.
std::vector<Cell> adjusted_row(const std::string& name, const AdjustedFigure& adjusted,
                               std::string difference, std::string interval) {
  return {fmt::format("{}, adjusted by before ({:.0f} % explained)", name, adjusted.explained * 100),
          Cell(),
          Cell(),
          std::move(difference),
          std::move(interval),
          Cell(),
          Cell()};
}

bool is_worth_a_row(const std::optional<AdjustedFigure>& adjusted) noexcept {
  return adjusted.has_value() && adjusted->explained >= kLeastExplained;
}

/// What the rows of adjusted figures mean, and which of them are left out; "" if nothing is adjusted.
std::string adjusted_html(const QuestionResult& result) {
  std::string left_out;
  bool is_any = false;
  for (const auto& [name, adjusted] : {std::pair<std::string_view, const std::optional<AdjustedFigure>&>{
                                           "had an opportunity", result.opportunity.by_before},
                                       {"pipeline created", result.amount.by_before},
                                       {"had a deal won", result.won.by_before},
                                       {"amount won", result.won_amount.by_before}}) {
    is_any |= is_worth_a_row(adjusted);
    if (adjusted.has_value() && !is_worth_a_row(adjusted))
      left_out += fmt::format("{}{}", left_out.empty() ? "" : ", ", name);
  }
  std::string out;
  if (is_any)
    out +=
        "<p class=\"more\">Adjusted by before: what accounts had before their clock started is taken out, as far as it foretells "
        "the outcome. “Explained” is the part of the differences between accounts that goes with it (r²); the more, the surer "
        "the figure. The plain figure above is the one that is tested.</p>\n";
  if (!left_out.empty())
    out += fmt::format(
        "<p class=\"more\">Not adjusted: {}. What was there before explains less than {:.0f} % of it, so the figure would be the "
        "same.</p>\n",
        left_out, kLeastExplained * 100);
  return out;
}

/// Columns that no row has anything in are left out.
void drop_empty_columns(Table& table) {
  for (size_t column = table.columns.size(); column-- > 0;) {
    const bool is_empty =
        std::all_of(table.rows.begin(), table.rows.end(), [column](const std::vector<Cell>& row) {
          return std::holds_alternative<std::monostate>(row[column]);
        });
    if (!is_empty) continue;
    const auto at = static_cast<ptrdiff_t>(column);
    table.columns.erase(table.columns.begin() + at);
    for (std::vector<Cell>& row : table.rows) row.erase(row.begin() + at);
  }
}

std::string comparison_table(const Outcomes& outcomes, const QuestionResult& result) {
  const std::string& currency = outcomes.set.currency;
  Table table;
  table.title = "Pipeline, treated against control";
  table.columns = {"per_account", "treated", "control", "difference", "95%_interval", "p", "adjusted_p"};
  const auto money_rows = [&](const std::string& name, const MoneyOutcome& money) {
    table.rows.push_back(money_row(name, currency, money.comparison));
    if (money.winsorised.has_value()) {
      const std::string most = money_text(currency, outcomes.settings.winsorise.value_or(0));
      table.rows.push_back(money_row(name + ", at most " + most + " each", currency, *money.winsorised));
    }
    if (is_worth_a_row(money.by_before)) {
      table.rows.push_back(adjusted_row(
          name, *money.by_before, money_text(currency, money.by_before->estimate),
          money.by_before->interval.has_value() ? money_range(currency, *money.by_before->interval)
                                                : "none: " + money.comparison.interval_lacks));
    }
  };
  const auto share_rows = [&table](const std::string& name, const ShareOutcome& share) {
    table.rows.push_back(share_row(name, share));
    if (is_worth_a_row(share.by_before)) {
      table.rows.push_back(adjusted_row(name, *share.by_before, points(share.by_before->estimate) + " points",
                                        range_points(share.by_before->interval.value_or(Interval()))));
    }
  };
  share_rows("had an opportunity", result.opportunity);
  money_rows("pipeline created", result.amount);
  share_rows("had a deal won", result.won);
  money_rows("amount won", result.won_amount);
  for (const auto& [name, time] :
       {std::pair<std::string_view, const TimeOutcome&>{"days to an opportunity", result.to_opportunity},
        std::pair<std::string_view, const TimeOutcome&>{"days to a deal won", result.to_won}}) {
    const auto median = [](const SurvivalCurve& curve) {
      return curve.median.has_value() ? Cell(fmt::format("median {:.0f}", *curve.median))
                                      : Cell("not yet half of them");
    };
    std::vector<Cell> cells = {std::string(name), median(time.treated), median(time.kept_back),
                               time.lacks.empty() ? Cell() : Cell("not enough data: " + time.lacks), Cell()};
    cells.push_back(time.test.has_value() ? Cell(p_value(time.test->p)) : Cell());
    cells.push_back(time.adjusted_p.has_value() ? Cell(p_value(*time.adjusted_p)) : Cell());
    table.rows.push_back(std::move(cells));
  }
  drop_empty_columns(table);
  return table_html(table) + adjusted_html(result);
}

std::string daily_html(const Outcomes& outcomes, const QuestionResult& result) {
  Table table;
  table.title = "Pipeline, looked at every day";
  table.columns = {"per_account",     "treated",   "control",           "difference",
                   "95%_on_all_days", "anytime_p", "adjusted_anytime_p"};
  std::string lacks;
  const auto add_lack = [&lacks](std::string_view name, std::string_view what, const std::string& why) {
    lacks += fmt::format("<p class=\"more\">{}: {}, since {}.</p>\n", escaped(name), what, escaped(why));
  };
  for (const auto& [name, share] :
       {std::pair<std::string_view, const ShareOutcome&>{"had an opportunity", result.opportunity},
        std::pair<std::string_view, const ShareOutcome&>{"had a deal won in the window", result.won}}) {
    if (!share.comparison.daily.has_value()) continue;
    const DailyLook& look = *share.comparison.daily;
    if (!look.lacks.empty()) {
      add_lack(name, "not judged", look.lacks);
      continue;
    }
    const bool has_interval = look.interval.has_value();
    table.rows.push_back({std::string(name), share_text(look.treated), share_text(look.kept_back),
                          points(look.treated.rate() - look.kept_back.rate()) + " points",
                          has_interval ? Cell(range_points(*look.interval)) : Cell(), p_value(look.p),
                          look.adjusted_p.has_value() ? Cell(p_value(*look.adjusted_p)) : Cell()});
    if (!has_interval) add_lack(name, "no interval", look.interval_lacks);
  }
  const std::string& currency = outcomes.set.currency;
  const auto add_mean = [&](const std::string& name, const DailyMean& mean) {
    if (!mean.interval.has_value()) {
      add_lack(name, "no interval", mean.lacks);
      return;
    }
    table.rows.push_back({name, money_text(currency, mean.treated.mean),
                          money_text(currency, mean.kept_back.mean),
                          money_text(currency, mean.treated.mean - mean.kept_back.mean),
                          money_range(currency, *mean.interval), Cell(), Cell()});
  };
  add_mean("pipeline created", result.amount.daily);
  if (result.amount.daily_winsorised.has_value()) {
    add_mean(fmt::format("pipeline created, at most {} each",
                         money_text(currency, outcomes.settings.winsorise.value_or(0))),
             *result.amount.daily_winsorised);
  }
  if (!table.rows.empty()) drop_empty_columns(table);
  return fmt::format(
             "<h4>May be looked at every day</h4>\n<p class=\"about\">Of accounts whose {} are over. The figures above are "
             "for one look, on a day that was fixed beforehand; these hold on all days at once, and are slower in "
             "return.</p>\n",
             counted(outcomes.settings.window_days, "day")) +
         (table.rows.empty() ? "" : table_html(table)) + lacks;
}

std::string parts_html(const Outcomes& outcomes, const QuestionResult& result) {
  const std::string& currency = outcomes.set.currency;
  const auto table_of = [&](std::string_view column, const std::vector<Part>& parts) {
    Table table;
    table.title = fmt::format("Pipeline by {}", column);
    table.columns = {std::string(column),    "treated",      "control",
                     "difference_in_points", "95%_interval", "pipeline_treated",
                     "pipeline_control",     "difference",   "95%_interval "};
    for (const Part& part : parts) {
      const auto& share = part.opportunity.difference;
      const auto& money = part.amount.difference;
      const bool has_interval = money.has_value() && part.amount.interval_lacks.empty();
      table.rows.push_back(
          {part.name, share_text(part.opportunity.treated), share_text(part.opportunity.kept_back),
           share.has_value() ? Cell(points(share->estimate)) : Cell("not enough data"),
           share.has_value() ? Cell(range_points(share->interval)) : Cell(),
           money_text(currency, part.amount.treated.mean), money_text(currency, part.amount.kept_back.mean),
           money.has_value() ? Cell(money_text(currency, money->estimate)) : Cell("not enough data"),
           has_interval ? Cell(money_range(currency, money->interval)) : Cell()});
    }
    return table_html(table, {.empty = "None has enough accounts in both arms."});
  };
  std::string out =
      "<h4>By tier and segment</h4>\n<p class=\"about\">Nobody planned to compare these: read them as hints. So they have "
      "intervals and no p.</p>\n" +
      parts_chart(result) + table_of("tier", result.tiers);
  if (!result.segments.empty() || result.segments_left_out > 0) out += table_of("segment", result.segments);
  if (result.segments_left_out > 0) {
    out += fmt::format(
        "<p class=\"more\">{} left out: fewer than {} accounts in an arm, or not among the {} largest.</p>\n",
        counted(signed_count(result.segments_left_out), "segment"), kFewestAccounts, kMostSegments);
  }
  return out;
}

std::string context_html(const Outcomes& outcomes, const QuestionResult& result) {
  const std::string& currency = outcomes.set.currency;
  Table table;
  table.title = "From before";
  table.columns = {"arm",
                   "accounts",
                   "with_an_opportunity_from_before",
                   "opportunities_from_before",
                   "per_account",
                   "created_after_the_window",
                   "window_over"};
  for (const auto& [name, arm] :
       {std::pair<std::string_view, const ArmTotals&>{"treated", result.treated},
        std::pair<std::string_view, const ArmTotals&>{"control", result.kept_back}}) {
    const double accounts = std::max<double>(1, static_cast<double>(arm.accounts));
    table.rows.push_back({std::string(name), signed_count(arm.accounts), signed_count(arm.with_before),
                          signed_count(arm.before), money_text(currency, arm.amount_before / accounts),
                          signed_count(arm.after), signed_count(arm.windows_over)});
  }
  return "<h4>From before, and not in any figure above</h4>\n<p class=\"about\">What was there when an account's clock started is "
         "no effect of its arm, whatever became of it later. Arms that were drawn by lot should be alike in it.</p>\n" +
         table_html(table);
}

/// Why an arm can have fewer opportunities here than among the accounts that came.
std::string clocks_text(const Outcomes& outcomes) {
  if (!outcomes.listed.lacks.empty() || !outcomes.came.lacks.empty()) return {};
  const std::string since = format_rfc3339(outcomes.since_ms.value_or(0) / 1000).substr(0, 10);
  return fmt::format(
      " The clock differs, too: all accounts start on {} ({}), not with a visit of their own, so other opportunities fall "
      "within their {}, and the counts need not be larger than those above.",
      since, escaped(outcomes.since_from), counted(outcomes.settings.window_days, "day"));
}

std::string question_html(const Outcomes& outcomes, const QuestionResult& result) {
  std::string out;
  if (!result.lacks.empty()) return out;
  if (result.changed > 0) {
    out += fmt::format(
        "<p class=\"warning\">{} changed sides (another salt, percentage or <code>by</code> of <code>control</code>). They are compared as "
        "first assigned, which draws differences towards zero.</p>\n",
        counted(signed_count(result.changed), "account"));
  }
  // Where the arms are not as planned, nothing that compares them may be believed.
  if (result.is_off) return out + context_html(outcomes, result);
  out += funnel_html(result) + amount_html(outcomes, result) + comparison_table(outcomes, result);
  out += time_html(outcomes, result) + daily_html(outcomes, result) + parts_html(outcomes, result);
  return out + deals_html(outcomes, result) + context_html(outcomes, result);
}

}  // namespace

std::string outcome_verdict_html(const Outcomes& outcomes, const QuestionResult& result) {
  const OutcomeAnswer answer = answer_of(outcomes, result);
  const std::string_view kind = answer.kind == OutcomeAnswer::Kind::kEffect  ? " effect"
                                : answer.kind == OutcomeAnswer::Kind::kLacks ? " lacks"
                                                                             : "";
  const std::string words = said(answer);
  return fmt::format("<p class=\"verdict{}\"><strong>{}</strong>{}</p>\n", kind, escaped(answer.headline),
                     escaped(std::string_view(words).substr(answer.headline.size())));
}

std::string outcomes_section(const Outcomes& outcomes, bool with_verdict) {
  std::string out = "<section id=\"outcomes\"><h2>Did it create pipeline?</h2>\n";
  if (with_verdict) out += outcome_verdict_html(outcomes, outcomes.came);
  out += what_counts(outcomes);
  if (outcomes.came.lacks.empty()) {
    out +=
        "<h3 id=\"outcomes-came\">Accounts that visited the site</h3>\n"
        "<p class=\"about\">What is personalization worth where it can be seen? An account counts from its first visit "
        "on.</p>\n" +
        question_html(outcomes, outcomes.came);
  }
  out +=
      "<h3 id=\"outcomes-listed\">All accounts on the list, whether they visited or not</h3>\n"
      "<p class=\"about\">What did the programme bring as a whole? Arms are drawn by a hash of the account's id, so they are "
      "known without a visit. Accounts that never came dilute a difference, and nothing about visits can distort it." +
      clocks_text(outcomes) + "</p>\n" + outcome_verdict_html(outcomes, outcomes.listed) +
      question_html(outcomes, outcomes.listed);
  return out + strangers_html(outcomes) + reading_html(outcomes) + "</section>\n";
}

}  // namespace abm::measure
