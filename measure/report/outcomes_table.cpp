// The comparisons of outcomes, one row each.
#include <string_view>
#include <utility>

#include "measure/report/export_outcomes.h"

namespace abm::measure {
namespace {

/// Cells of one comparison, after question, outcome and group.
class RowWriter {
 public:
  RowWriter(Table& table, const QuestionResult& result) : table_(table), result_(result) {}

  void share(std::string_view outcome, const std::string& group, const Comparison& comparison,
             const std::optional<AdjustedFigure>& by_before, bool is_primary, bool with_p) {
    begin(outcome, group, is_primary);
    arm(comparison.treated.accounts, comparison.treated.hits, Cell(comparison.treated.rate()));
    arm(comparison.kept_back.accounts, comparison.kept_back.hits, Cell(comparison.kept_back.rate()));
    if (comparison.difference.has_value()) {
      difference(comparison.difference->estimate, &comparison.difference->interval, comparison.difference->p,
                 comparison.adjusted_p, with_p);
    } else {
      blanks(5);
    }
    text(comparison.lacks);
    blanks(5);
    adjusted(by_before);
    daily(comparison.daily);
  }

  void money(std::string_view outcome, const std::string& group, const MoneyComparison& comparison,
             const MoneyOutcome* all) {
    begin(outcome, group, all != nullptr && all->is_primary);
    arm(comparison.treated.n, comparison.treated.above_zero, Cell(comparison.treated.mean));
    arm(comparison.kept_back.n, comparison.kept_back.above_zero, Cell(comparison.kept_back.mean));
    money_difference(comparison, all != nullptr);
    text(comparison.lacks.empty() ? comparison.interval_lacks : comparison.lacks);
    if (all != nullptr && all->winsorised.has_value() && all->winsorised->difference.has_value()) {
      const MeanDifference& difference = *all->winsorised->difference;
      cells().emplace_back(difference.estimate);
      interval(all->winsorised->interval_lacks.empty() ? &difference.interval : nullptr);
      cells().emplace_back(difference.p);
      const std::optional<double>& adjusted_p = all->winsorised->adjusted_p;
      cells().push_back(adjusted_p.has_value() ? Cell(*adjusted_p) : Cell());
    } else {
      blanks(5);
    }
    adjusted(all != nullptr ? all->by_before : std::nullopt);
    daily_mean(all);
  }

  void time(std::string_view outcome, const TimeOutcome& time) {
    begin(outcome, "all", false);
    arm(time.treated.subjects, time.treated.happened, optional(time.treated.median));
    arm(time.kept_back.subjects, time.kept_back.happened, optional(time.kept_back.median));
    blanks(3);
    cells().push_back(time.test.has_value() ? Cell(time.test->p) : Cell());
    cells().push_back(optional(time.adjusted_p));
    text(time.lacks);
    blanks(5 + 4 + 9);
  }

 private:
  static Cell optional(const std::optional<double>& value) {
    return value.has_value() ? Cell(*value) : Cell();
  }
  std::vector<Cell>& cells() { return table_.rows.back(); }
  void blanks(size_t count) { cells().resize(cells().size() + count); }
  void text(const std::string& words) { cells().push_back(words.empty() ? Cell() : Cell(words)); }

  void begin(std::string_view outcome, const std::string& group, bool is_primary) {
    table_.rows.push_back({std::string(to_string(result_.question)), std::string(outcome), group,
                           std::string(is_primary ? "true" : "false")});
  }
  void arm(uint64_t accounts, uint64_t with, Cell value) {
    cells().emplace_back(static_cast<int64_t>(accounts));
    cells().emplace_back(static_cast<int64_t>(with));
    cells().push_back(std::move(value));
  }
  void interval(const Interval* interval) {
    cells().push_back(interval != nullptr ? Cell(interval->low) : Cell());
    cells().push_back(interval != nullptr ? Cell(interval->high) : Cell());
  }
  void difference(double estimate, const Interval* range, double p, const std::optional<double>& adjusted_p,
                  bool with_p) {
    cells().emplace_back(estimate);
    interval(range);
    cells().push_back(with_p ? Cell(p) : Cell());
    cells().push_back(optional(adjusted_p));
  }
  void money_difference(const MoneyComparison& money, bool with_p) {
    if (!money.difference.has_value()) return blanks(5);
    difference(money.difference->estimate,
               money.interval_lacks.empty() ? &money.difference->interval : nullptr, money.difference->p,
               money.adjusted_p, with_p);
  }
  void adjusted(const std::optional<AdjustedFigure>& by_before) {
    if (!by_before.has_value()) return blanks(4);
    cells().emplace_back(by_before->estimate);
    interval(by_before->interval.has_value() ? &*by_before->interval : nullptr);
    cells().emplace_back(by_before->explained);
  }
  void daily(const std::optional<DailyLook>& look) {
    if (!look.has_value()) return blanks(9);
    if (!look->lacks.empty()) {
      blanks(8);
      return text(look->lacks);
    }
    for (const uint64_t count :
         {look->treated.accounts, look->treated.hits, look->kept_back.accounts, look->kept_back.hits})
      cells().emplace_back(static_cast<int64_t>(count));
    interval(look->interval.has_value() ? &*look->interval : nullptr);
    cells().emplace_back(look->p);
    cells().push_back(optional(look->adjusted_p));
    text(look->interval_lacks);
  }
  void daily_mean(const MoneyOutcome* all) {
    if (all == nullptr) return blanks(9);
    if (!all->daily.interval.has_value()) {
      blanks(8);
      return text(all->daily.lacks);
    }
    for (const Mean& mean : {all->daily.treated, all->daily.kept_back}) {
      cells().emplace_back(static_cast<int64_t>(mean.n));
      cells().emplace_back(static_cast<int64_t>(mean.above_zero));
    }
    interval(&*all->daily.interval);
    blanks(3);
  }

  Table& table_;
  const QuestionResult& result_;
};

}  // namespace

Table outcomes_table(const Outcomes& outcomes) {
  Table table;
  table.name = "outcomes";
  table.columns = {"question",
                   "outcome",
                   "group",
                   "primary",
                   "treated",
                   "treated_with",
                   "treated_value",
                   "control",
                   "control_with",
                   "control_value",
                   "difference",
                   "interval_low",
                   "interval_high",
                   "p",
                   "p_adjusted",
                   "lacks",
                   "winsorised_difference",
                   "winsorised_low",
                   "winsorised_high",
                   "winsorised_p",
                   "winsorised_p_adjusted",
                   "adjusted_by_before_difference",
                   "adjusted_by_before_low",
                   "adjusted_by_before_high",
                   "adjusted_by_before_explained",
                   "daily_treated",
                   "daily_treated_with",
                   "daily_control",
                   "daily_control_with",
                   "daily_interval_low",
                   "daily_interval_high",
                   "daily_p",
                   "daily_p_adjusted",
                   "daily_lacks"};
  for (const QuestionResult* const result : {&outcomes.came, &outcomes.listed}) {
    if (!result->lacks.empty()) continue;
    RowWriter rows(table, *result);
    rows.share(kOpportunity, "all", result->opportunity.comparison, result->opportunity.by_before,
               result->opportunity.is_primary, true);
    rows.money(kAmount, "all", result->amount.comparison, &result->amount);
    rows.share(kWon, "all", result->won.comparison, result->won.by_before, result->won.is_primary, true);
    rows.money(kWonAmount, "all", result->won_amount.comparison, &result->won_amount);
    rows.time(kTimeToOpportunity, result->to_opportunity);
    rows.time(kTimeToWon, result->to_won);
    for (const auto& [kind, parts] :
         {std::pair<std::string_view, const std::vector<Part>&>{"tier ", result->tiers},
          std::pair<std::string_view, const std::vector<Part>&>{"segment ", result->segments}}) {
      for (const Part& part : parts) {
        const std::string group = std::string(kind) + part.name;
        rows.share(kOpportunity, group, part.opportunity, {}, false, false);
        rows.money(kAmount, group, part.amount, nullptr);
      }
    }
  }
  return table;
}

}  // namespace abm::measure
