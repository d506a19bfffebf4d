#include "measure/outcomes/deals.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "measure/outcomes/follow.h"

namespace abm::measure {
namespace {

using connect::DealState;
using connect::DealType;
using connect::Opportunity;
using connect::OpportunitySet;

/// A group while it is counted.
struct Counting {
  Deals deals;
  std::vector<double> won_amounts;
  std::vector<Duration> durations;

  void add(const Opportunity& deal, int64_t as_of_ms) {
    const bool closed = is_closed(deal, as_of_ms);
    const bool won = closed && deal.state == DealState::kWon;
    ++deals.opportunities;
    ++(won ? deals.won : closed ? deals.lost : deals.open);
    deals.amount += deal.amount.value_or(0);
    if (won && deal.amount.has_value()) {
      deals.won_amount += *deal.amount;
      won_amounts.push_back(*deal.amount);
    }
    if (closed && !deal.closed_ms.has_value()) {
      ++deals.closed_undated;
      return;
    }
    const int64_t until = closed ? *deal.closed_ms : as_of_ms;
    durations.push_back({days_between(deal.created_ms, until), closed});
  }

  [[nodiscard]] Deals finished() {
    deals.win_interval = wilson_interval(deals.win_rate());
    if (!won_amounts.empty()) {
      std::sort(won_amounts.begin(), won_amounts.end());
      const size_t half = won_amounts.size() / 2;
      deals.mean_won = deals.won_amount / static_cast<double>(won_amounts.size());
      deals.median_won =
          won_amounts.size() % 2 == 1 ? won_amounts[half] : (won_amounts[half - 1] + won_amounts[half]) / 2;
    }
    deals.velocity = kaplan_meier(durations);
    return std::move(deals);
  }
};

struct Arms {
  Counting treated, control;
};

Arms count_by_arm(std::span<const OutcomeAccount> accounts, const OpportunitySet& set) {
  Arms arms;
  arms.treated.deals.name = "treated";
  arms.control.deals.name = "control";
  for (const OutcomeAccount& account : accounts)
    ++(account.control ? arms.control : arms.treated).deals.accounts;
  const auto by_id = accounts_by_id(accounts);
  for (const Opportunity& deal : set.opportunities) {
    const auto found = by_id.find(deal.account);
    if (found == by_id.end() || deal.created_ms > set.as_of_ms || !counts(*found->second, deal)) continue;
    (found->second->control ? arms.control : arms.treated).add(deal, set.as_of_ms);
  }
  return arms;
}

}  // namespace

std::vector<Deals> deals_by_arm(std::span<const OutcomeAccount> accounts, const OpportunitySet& set) {
  Arms arms = count_by_arm(accounts, set);
  std::vector<Deals> both;
  both.push_back(arms.treated.finished());
  both.push_back(arms.control.finished());
  return both;
}

LogRank compare_velocity(std::span<const OutcomeAccount> accounts, const OpportunitySet& set) {
  Arms arms = count_by_arm(accounts, set);
  return log_rank(std::move(arms.treated.durations), std::move(arms.control.durations));
}

std::vector<Deals> deals_by_list(const std::vector<ListedAccount>& listed, const OpportunitySet& set) {
  constexpr std::string_view kUntiered = "untiered";
  Counting named, untiered, others;
  named.deals.name = "named";
  untiered.deals.name = kUntiered;
  others.deals.name = "not on the list";
  std::unordered_map<std::string_view, Counting*> by_id;
  for (const ListedAccount& account : listed) {
    if (account.excluded) {
      by_id.emplace(account.id, nullptr);
      continue;
    }
    Counting& group = account.tier == kUntiered ? untiered : named;
    ++group.deals.accounts;
    by_id.emplace(account.id, &group);
  }
  std::unordered_set<std::string_view> companies;
  for (const Opportunity& deal : set.opportunities) {
    if (deal.type == DealType::kRenewal || deal.created_ms > set.as_of_ms) continue;
    const auto found = by_id.find(deal.account);
    if (found != by_id.end()) {
      if (found->second != nullptr) found->second->add(deal, set.as_of_ms);
      continue;
    }
    others.add(deal, set.as_of_ms);
    companies.insert(deal.company);
  }
  others.deals.accounts = companies.size();
  std::vector<Deals> groups;
  for (Counting* const group : {&named, &untiered, &others}) groups.push_back(group->finished());
  return groups;
}

std::vector<Retention> retention_by_arm(std::span<const OutcomeAccount> accounts) {
  std::vector<Retention> arms(2);
  arms[0].name = "treated";
  arms[1].name = "control";
  for (const OutcomeAccount& account : accounts) {
    Retention& arm = arms[account.control ? 1 : 0];
    arm.customers += account.renewals > 0 ? 1 : 0;
    arm.renewals += account.renewals;
    arm.renewed += account.renewed;
    arm.churned += account.churned;
    arm.renewed_amount += account.renewed_amount;
    arm.churned_amount += account.churned_amount;
    arm.expanded += account.expansions > 0 ? 1 : 0;
    arm.expansions += account.expansions;
    arm.expansion_amount += account.expansion_amount;
  }
  for (Retention& arm : arms)
    arm.renewed_interval = wilson_interval({arm.renewed, arm.renewed + arm.churned});
  return arms;
}

}  // namespace abm::measure
