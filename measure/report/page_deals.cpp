// Deals themselves, by arm and by whether anybody listed their company.
#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "measure/report/html.h"
#include "measure/report/money_text.h"
#include "measure/report/page_outcomes.h"
#include "measure/report/tables.h"

namespace abm::measure {
namespace {

constexpr size_t kShownCompanies = 25;
constexpr uint64_t kFewestForPercent = 10;  // decided ones; "100.0%" of one deal would be quoted

int64_t deal_count(uint64_t count) noexcept {
  return static_cast<int64_t>(count);
}

/// A rate and its interval; where few were decided, how many of how many, and no percentage.
void add_rate(std::vector<Cell>& cells, const Share& decided, const Interval& interval) {
  if (decided.accounts == 0) {
    cells.resize(cells.size() + 2);
    return;
  }
  const std::string counts =
      fmt::format("{} of {}", grouped(deal_count(decided.hits)), grouped(deal_count(decided.accounts)));
  if (decided.accounts < kFewestForPercent) {
    cells.emplace_back(counts);
    cells.emplace_back();
    return;
  }
  cells.emplace_back(fmt::format("{} ({})", percent(decided.rate()), counts));
  cells.emplace_back(range_percent(interval));
}

std::string deals_table(const Outcomes& outcomes, const std::vector<Deals>& groups, std::string_view title,
                        std::string_view first_column) {
  const std::string& currency = outcomes.set.currency;
  Table table;
  table.title = title;
  table.columns = {std::string(first_column),
                   "accounts",
                   "opportunities",
                   "won",
                   "lost",
                   "open",
                   "win_rate",
                   "95%_interval",
                   "mean_value_won",
                   "median_value_won",
                   "median_days_to_close"};
  for (const Deals& deals : groups) {
    std::vector<Cell> cells = {deals.name,
                               deal_count(deals.accounts),
                               deal_count(deals.opportunities),
                               deal_count(deals.won),
                               deal_count(deals.lost),
                               deal_count(deals.open)};
    add_rate(cells, deals.win_rate(), deals.win_interval);
    cells.push_back(deals.mean_won.has_value() ? Cell(money_text(currency, *deals.mean_won)) : Cell());
    cells.push_back(deals.median_won.has_value() ? Cell(money_text(currency, *deals.median_won)) : Cell());
    cells.push_back(deals.velocity.median.has_value() ? Cell(fmt::format("{:.0f}", *deals.velocity.median))
                                                      : Cell());
    table.rows.push_back(std::move(cells));
  }
  return table_html(table);
}

std::string retention_html(const Outcomes& outcomes, const QuestionResult& result) {
  if (result.retention.empty()) return {};
  const std::string& currency = outcomes.set.currency;
  Table renewals, expansions;
  renewals.title = "Renewals by arm";
  renewals.columns = {"arm",  "customers",    "renewals",     "renewed",        "lost",
                      "open", "renewal_rate", "95%_interval", "amount_renewed", "amount_lost"};
  expansions.title = "Expansions by arm";
  expansions.columns = {"arm", "accounts_expanded", "expansions", "amount_of_expansions"};
  for (const Retention& arm : result.retention) {
    std::vector<Cell> cells = {arm.name,
                               deal_count(arm.customers),
                               deal_count(arm.renewals),
                               deal_count(arm.renewed),
                               deal_count(arm.churned),
                               deal_count(arm.renewals - arm.renewed - arm.churned)};
    add_rate(cells, {arm.renewed, arm.renewed + arm.churned}, arm.renewed_interval);
    cells.emplace_back(money_text(currency, arm.renewed_amount));
    cells.emplace_back(money_text(currency, arm.churned_amount));
    renewals.rows.push_back(std::move(cells));
    expansions.rows.push_back({arm.name, deal_count(arm.expanded), deal_count(arm.expansions),
                               money_text(currency, arm.expansion_amount)});
  }
  return "<h4>Customers: retention and expansion</h4>\n<p class=\"about\">A customer is an account with a renewal that was open "
         "when its clock started, or was created within its window. Renewals are in no other figure; expansions are "
         "opportunities above, too. Renewal rate: renewed of those decided. Description, as well.</p>\n" +
         table_html(renewals) + table_html(expansions);
}

}  // namespace

std::string deals_html(const Outcomes& outcomes, const QuestionResult& result) {
  const LogRank& velocity = result.velocity;
  std::string out =
      "<h4>The deals themselves</h4>\n<p class=\"about\">Win rate, contract value and velocity are of accounts that have an "
      "opportunity, which personalization may itself have brought about or prevented: the groups are no longer alike. "
      "<strong>This describes, and proves nothing.</strong> Win rate: won of those decided. Velocity: days from created to "
      "closed, won or lost, with open ones followed until the exports end";
  if (velocity.expected_a > 0 && velocity.expected_b > 0)
    out += fmt::format(" (log-rank p {}, as description)",
                       velocity.p < 0.001 ? "&lt; 0.001" : "= " + p_value(velocity.p));
  out += ".</p>\n" + deals_table(outcomes, result.deals, "Deals by arm", "arm");
  uint64_t undated = 0;
  for (const Deals& deals : result.deals) undated += deals.closed_undated;
  if (undated > 0) {
    out += fmt::format("<p class=\"more\">{} closed at a time that nothing states: not in velocity.</p>\n",
                       counted(deal_count(undated), "deal"));
  }
  return out + retention_html(outcomes, result);
}

std::string strangers_html(const Outcomes& outcomes) {
  std::string out;
  if (!outcomes.by_list.empty()) {
    out +=
        "<h3>Named accounts against all others</h3>\n<p class=\"about\">All opportunities of the exports, whenever they were "
        "created, without renewals. Named: accounts of the list with a tier. Nobody drew them by lot (sales named the best "
        "ones), so the difference is not what personalization did. <strong>This describes, and proves "
        "nothing.</strong></p>\n" +
        deals_table(outcomes, outcomes.by_list, "Named accounts against all others", "accounts_that_are");
  }
  if (outcomes.set.unmatched.empty()) return out;
  Table table;
  table.title = "Opportunities of no account on the list";
  table.columns = {"company", "looked_for", "opportunities", "amount"};
  for (const connect::UnmatchedCompany& company : outcomes.set.unmatched) {
    table.rows.push_back({company.company, company.told_by, deal_count(company.opportunities),
                          money_text(outcomes.set.currency, company.amount)});
  }
  return out +
         "<h3>Opportunities of no account on the list</h3>\n<p class=\"about\">They are in no comparison. If one should be, "
         "give the account this domain or CRM id.</p>\n" +
         table_html(table, {.max_rows = kShownCompanies});
}

}  // namespace abm::measure
