#include "measure/outcomes/comparison.h"

#include <algorithm>

#include <fmt/format.h>

namespace abm::measure {
namespace {

std::string what_lacks(const Share& treated, const Share& kept_back, std::string_view done) {
  const auto too_few = [](uint64_t accounts, std::string_view group) {
    return fmt::format("{} account{} {}, at least {} are needed", accounts, accounts == 1 ? "" : "s", group,
                       kFewestAccounts);
  };
  if (kept_back.accounts < kFewestAccounts) return too_few(kept_back.accounts, "kept back");
  if (treated.accounts < kFewestAccounts) return too_few(treated.accounts, "treated");
  const double pooled = static_cast<double>(treated.hits + kept_back.hits) /
                        static_cast<double>(treated.accounts + kept_back.accounts);
  const auto smaller = static_cast<double>(std::min(treated.accounts, kept_back.accounts));
  if (pooled * smaller < kFewestExpected) {
    return fmt::format(
        "{} account{} {}; with groups of these sizes at least {:.0f} are needed",
        treated.hits + kept_back.hits, treated.hits + kept_back.hits == 1 ? "" : "s", done,
        kFewestExpected / smaller * static_cast<double>(treated.accounts + kept_back.accounts) + 0.5);
  }
  if ((1 - pooled) * smaller < kFewestExpected) return fmt::format("almost every account {}", done);
  return {};
}

}  // namespace

Comparison compare(const Share& treated, const Share& kept_back, std::string_view done) {
  Comparison result;
  result.treated = treated;
  result.kept_back = kept_back;
  result.treated_interval = wilson_interval(treated);
  result.kept_back_interval = wilson_interval(kept_back);
  result.lacks = what_lacks(treated, kept_back, done);
  if (result.lacks.empty()) {
    result.difference = difference(treated, kept_back);
    result.detectable = detectable_difference(kept_back.rate(), treated.accounts, kept_back.accounts);
  }
  return result;
}

}  // namespace abm::measure
