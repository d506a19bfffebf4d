#include "measure/report/money_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "measure/report/html.h"

namespace abm::measure {
namespace {

constexpr double kWholeFrom = 100;  // cents say nothing beside so much
constexpr double kMostShown = 9e15;

std::string amount_text(double amount) {
  if (!(amount >= -kMostShown && amount <= kMostShown)) return fmt::format("{:.3g}", amount);
  const bool is_whole =
      std::fabs(amount) >= kWholeFrom - 0.005 || std::fabs(amount - std::round(amount)) < 0.005;
  if (is_whole) return grouped(std::llround(amount));
  return fmt::format("{:.2f}", amount);
}

}  // namespace

std::string money_text(std::string_view currency, double amount) {
  if (currency.empty()) return amount_text(amount);
  return fmt::format("{} {}", currency, amount_text(amount));
}

std::string money_range(std::string_view currency, const Interval& interval) {
  return fmt::format("{} to {}", money_text(currency, interval.low), amount_text(interval.high));
}

}  // namespace abm::measure
