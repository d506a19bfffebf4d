#include "connect/import/opportunity_columns.h"

#include <algorithm>

#include "connect/import/columns.h"
#include "connect/import/money.h"
#include "connect/import/opportunity_presets.h"

namespace abm::connect {
namespace {

using generation::SourceKind;

/// Whatever tells the company, in the first column that does.
bool may_have_several(DealField field) {
  return field == DealField::kCrmId || field == DealField::kDomain || field == DealField::kCompany;
}

class DealPlanner {
 public:
  DealPlanner(const std::vector<std::string>& headers, DealColumns& plan)
      : plan_(plan), used_(headers.size()) {
    for (const std::string& header : headers) keys_.push_back(header_key(header));
  }

  void take_map(const generation::AccountSource& source) {
    for (const generation::ColumnChoice& choice : source.map) {
      const auto field = std::ranges::find(generation::kOpportunityFields, std::string_view(choice.field));
      if (field == generation::kOpportunityFields.end()) continue;
      const auto at = static_cast<size_t>(field - generation::kOpportunityFields.begin());
      decided_[at] = true;
      for (const std::string& column : choice.columns) {
        const auto found = std::find(keys_.begin(), keys_.end(), header_key(column));
        if (found == keys_.end()) {
          plan_.missing.push_back(column);
          continue;
        }
        const auto i = static_cast<size_t>(found - keys_.begin());
        used_[i] = true;
        plan_.of[at].push_back({i, choice.times, choice.read});
        if (static_cast<DealField>(at) == DealField::kAmount)
          plan_.currency = header_currency(keys_[i]).currency;
      }
    }
  }

  void take_known(std::span<const KnownDealColumn> known) {
    for (const KnownDealColumn& column : known) {
      const auto at = static_cast<size_t>(column.field);
      if (decided_[at]) continue;
      for (size_t i = 0; i < keys_.size(); ++i) {
        if (used_[i]) continue;
        std::string currency;
        if (keys_[i] != column.header) {
          if (column.field != DealField::kAmount) continue;
          HeaderCurrency stated = header_currency(keys_[i]);
          if (stated.currency.empty() || stated.key != column.header) continue;
          currency = std::move(stated.currency);
        }
        if (!plan_.of[at].empty() && !may_have_several(column.field)) continue;
        used_[i] = true;
        plan_.of[at].push_back({i, 1, {}});
        if (!currency.empty()) plan_.currency = std::move(currency);
      }
    }
  }

 private:
  DealColumns& plan_;
  std::vector<std::string> keys_;
  std::vector<bool> used_;
  std::array<bool, kDealFields> decided_{};
};

}  // namespace

bool DealColumns::is_header() const noexcept {
  const auto taken =
      std::count_if(of.begin(), of.end(), [](const auto& columns) { return !columns.empty(); });
  return taken >= 2 && (has(DealField::kCreated) || has(DealField::kStage) || has(DealField::kAmount) ||
                        has(DealField::kClosed));
}

DealColumns plan_deal_columns(const std::vector<std::string>& headers,
                              const generation::AccountSource& source) {
  DealColumns plan;
  plan.headers = headers;
  plan.kind = source.kind;
  if (source.kind == SourceKind::kCsv) {
    if (const auto found = kind_of_deals(headers); found.has_value()) {
      plan.kind = *found;
      plan.kind_found = true;
    }
  }
  DealPlanner planner(headers, plan);
  planner.take_map(source);
  planner.take_known(deal_columns_of(plan.kind));
  planner.take_known(deal_words());
  return plan;
}

}  // namespace abm::connect
