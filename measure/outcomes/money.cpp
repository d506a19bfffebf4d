#include "measure/outcomes/money.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "measure/outcomes/comparison.h"

namespace abm::measure {

std::string money_lacks(const Mean& treated, const Mean& kept_back) {
  const auto too_few = [](uint64_t accounts, std::string_view group, uint64_t needed) {
    return fmt::format("{} account{} {}, at least {} are needed", accounts, accounts == 1 ? "" : "s", group,
                       needed);
  };
  if (kept_back.n < kFewestAccounts) return too_few(kept_back.n, "kept back", kFewestAccounts);
  if (treated.n < kFewestAccounts) return too_few(treated.n, "treated", kFewestAccounts);
  if (kept_back.above_zero < kFewestWithAmount)
    return too_few(kept_back.above_zero, "kept back with an amount", kFewestWithAmount);
  if (treated.above_zero < kFewestWithAmount)
    return too_few(treated.above_zero, "treated with an amount", kFewestWithAmount);
  return {};
}

MoneyComparison compare_money(const Amounts& amounts) {
  MoneyComparison result;
  result.treated = mean_of(amounts.treated);
  result.kept_back = mean_of(amounts.kept_back);
  result.lacks = money_lacks(result.treated, result.kept_back);
  result.interval_lacks = result.lacks;
  if (!result.lacks.empty()) return result;
  result.difference = compare_means(amounts.treated, amounts.kept_back);
  if (const uint64_t fewer = std::min(result.treated.above_zero, result.kept_back.above_zero);
      fewer < kFewestAmounts) {
    result.interval_lacks =
        fmt::format("{} account{} {} with an amount, an interval needs {}", fewer, fewer == 1 ? "" : "s",
                    fewer == result.treated.above_zero ? "treated" : "kept back", kFewestAmounts);
    return result;
  }
  result.treated_interval = bca_interval(amounts.treated);
  result.kept_back_interval = bca_interval(amounts.kept_back);
  return result;
}

std::string sequence_of_means_lacks(const Mean& treated, const Mean& kept_back, uint64_t planned,
                                    uint64_t needed) {
  if (planned == 0) return "it is not known how many accounts are planned: no account list was given";
  const bool fewer_treated = treated.n < kept_back.n;
  if (const uint64_t accounts = fewer_treated ? treated.n : kept_back.n; accounts < kFewestInSequence) {
    return fmt::format("{} {} with their window behind them, at least {} are needed", accounts,
                       fewer_treated ? "treated accounts" : "accounts kept back", kFewestInSequence);
  }
  const bool fewer_amounts = treated.above_zero < kept_back.above_zero;
  if (const uint64_t amounts = fewer_amounts ? treated.above_zero : kept_back.above_zero; amounts < needed) {
    return fmt::format("{} of these {} with an amount, at least {} are needed", amounts,
                       fewer_amounts ? "treated" : "kept back", needed);
  }
  return {};
}

}  // namespace abm::measure
