// Deals themselves, by arm and by whether anybody listed their company.
#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "measure/report/html.h"
#include "measure/report/money_text.h"
#include "measure/report/page_outcomes.h"
#include "measure/report/tables.h"

namespace abm::measure {
namespace {

constexpr size_t kShownCompanies = 25;

int64_t deal_count(uint64_t count) noexcept {
  return static_cast<int64_t>(count);
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
    const bool is_decided = deals.won + deals.lost > 0;
    table.rows.push_back(
        {deals.name, deal_count(deals.accounts), deal_count(deals.opportunities), deal_count(deals.won),
         deal_count(deals.lost), deal_count(deals.open),
         is_decided ? Cell(percent(deals.win_rate().rate())) : Cell(),
         is_decided ? Cell(range_percent(deals.win_interval)) : Cell(),
         deals.mean_won.has_value() ? Cell(money_text(currency, *deals.mean_won)) : Cell(),
         deals.median_won.has_value() ? Cell(money_text(currency, *deals.median_won)) : Cell(),
         deals.velocity.median.has_value() ? Cell(fmt::format("{:.0f}", *deals.velocity.median)) : Cell()});
  }
  return table_html(table);
}

std::string retention_html(const Outcomes& outcomes, const QuestionResult& result) {
  if (result.retention.empty()) return {};
  const std::string& currency = outcomes.set.currency;
  Table table;
  table.title = "Customers: retention and expansion";
  table.columns = {"arm",
                   "customers",
                   "renewals",
                   "renewed",
                   "lost",
                   "open",
                   "renewed_of_those_decided",
                   "95%_interval",
                   "amount_renewed",
                   "amount_lost",
                   "accounts_expanded",
                   "expansions",
                   "amount_of_expansions"};
  for (const Retention& arm : result.retention) {
    const Share decided{arm.renewed, arm.renewed + arm.churned};
    table.rows.push_back(
        {arm.name, deal_count(arm.customers), deal_count(arm.renewals), deal_count(arm.renewed),
         deal_count(arm.churned), deal_count(arm.renewals - arm.renewed - arm.churned),
         decided.accounts > 0 ? Cell(percent(decided.rate())) : Cell(),
         decided.accounts > 0 ? Cell(range_percent(arm.renewed_interval)) : Cell(),
         money_text(currency, arm.renewed_amount), money_text(currency, arm.churned_amount),
         deal_count(arm.expanded), deal_count(arm.expansions), money_text(currency, arm.expansion_amount)});
  }
  return "<h4>Customers: retention and expansion</h4>\n<p class=\"about\">A customer is an account with a renewal that was open "
         "when its clock started, or was created within its window. Renewals are in no other figure; expansions are "
         "opportunities above, too. Description, as well.</p>\n" +
         table_html(table);
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
