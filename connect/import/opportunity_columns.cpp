#include "connect/import/opportunity_columns.h"

#include <algorithm>

#include <fmt/format.h>

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

/// Amounts that the CRM has converted into the company's currency: the deal's currency is not theirs.
bool is_converted(std::string_view key) {
  return key.ends_with(" (converted)") || key.ends_with(" (konvertiert)") ||
         key.ends_with(" company currency") || key.ends_with(" home currency") ||
         key.ends_with(" unternehmenswährung");
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
        if (static_cast<DealField>(at) == DealField::kAmount) take_header_currency(i);
      }
    }
  }

  void take_known(std::span<const KnownDealColumn> known) {
    for (const KnownDealColumn& column : known) {
      const auto at = static_cast<size_t>(column.field);
      if (decided_[at] || column.field == DealField::kCurrency) continue;
      for (size_t i = 0; i < keys_.size(); ++i) {
        if (used_[i]) continue;
        if (keys_[i] != column.header) {
          if (column.field != DealField::kAmount) continue;
          const HeaderCurrency stated = header_currency(keys_[i]);
          if (stated.currency.empty() || stated.key != column.header) continue;
        }
        if (!plan_.of[at].empty() && !may_have_several(column.field)) continue;
        used_[i] = true;
        plan_.of[at].push_back({i, 1, {}});
        if (column.field == DealField::kAmount) take_header_currency(i);
      }
    }
  }

  /// A currency belongs to an amount: "Amount (converted) Currency" to "Amount (converted)", the deal's to
  /// "Amount", and none but its own to a converted one.
  void take_currency(std::span<const KnownDealColumn> vendors, std::span<const KnownDealColumn> words) {
    const auto& amounts = plan_.columns(DealField::kAmount);
    for (size_t i = 0; i < keys_.size(); ++i) {
      const bool taken = !amounts.empty() && amounts.front().column == i;
      // Not a weighted or an expected one.
      const bool whole = keys_[i].starts_with("amount") || keys_[i].starts_with("hs amount") ||
                         keys_[i].starts_with("betrag");
      if (!taken && whole && is_converted(keys_[i]) && plan_.converted.empty())
        plan_.converted = plan_.headers[i];
    }
    if (decided_[kCurrencyAt] || amounts.empty()) return;
    const std::string& amount = keys_[amounts.front().column];
    if (take_currency_of(amount) || take_currency_of(header_currency(amount).key) || is_converted(amount))
      return;
    for (const auto known : {vendors, words}) {
      for (const KnownDealColumn& column : known) {
        if (column.field != DealField::kCurrency || belongs_to_converted(column.header)) continue;
        if (take_currency_column(column.header)) return;
      }
    }
  }

 private:
  static constexpr auto kCurrencyAt = static_cast<size_t>(DealField::kCurrency);

  void take_header_currency(size_t column) {
    HeaderCurrency stated = header_currency(keys_[column]);
    plan_.currency = std::move(stated.currency);
    plan_.currency_loose = stated.loose;
  }
  bool take_currency_of(std::string_view amount) {
    return take_currency_column(fmt::format("{} currency", amount)) ||
           take_currency_column(fmt::format("{} währung", amount));
  }
  bool take_currency_column(std::string_view key) {
    const auto found = std::ranges::find(keys_, key);
    const auto i = static_cast<size_t>(found - keys_.begin());
    if (found == keys_.end() || used_[i]) return false;
    used_[i] = true;
    plan_.of[kCurrencyAt].push_back({i, 1, {}});
    return true;
  }
  /// "amount (converted) currency", which says nothing of the deal's own amount.
  static bool belongs_to_converted(std::string_view key) {
    const size_t end = key.rfind(' ');
    return end != key.npos && is_converted(key.substr(0, end));
  }

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
  planner.take_currency(deal_columns_of(plan.kind), deal_words());
  return plan;
}

}  // namespace abm::connect
