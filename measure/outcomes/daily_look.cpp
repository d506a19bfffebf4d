// Why an account waits until its days are over: what was counted yesterday may not change today. An account
// that has not reached the goal yet still can; evidence that counted it at once would be rewritten later, and
// would not be a martingale. All accounts have as many days, so that the order in which they come is the
// order in which they are done.
#include "measure/outcomes/daily_look.h"

#include <algorithm>
#include <bit>
#include <tuple>

#include <fmt/format.h>

namespace abm::measure {
namespace {

constexpr int64_t kMsOfDay = 86'400'000;

std::string sequence_lacks(const Share& treated, const Share& kept_back, uint64_t planned,
                           std::string_view done) {
  if (planned == 0) return "it is not known how many accounts are planned: no account list was given";
  const Share& fewer = treated.accounts < kept_back.accounts ? treated : kept_back;
  if (fewer.accounts < kFewestInSequence) {
    return fmt::format("{} {} with their days behind them, at least {} are needed", fewer.accounts,
                       &fewer == &treated ? "treated accounts" : "accounts kept back", kFewestInSequence);
  }
  const double pooled = static_cast<double>(treated.hits + kept_back.hits) /
                        static_cast<double>(treated.accounts + kept_back.accounts);
  const auto smaller = static_cast<double>(fewer.accounts);
  if (pooled * smaller < kFewestExpectedInSequence ||
      std::min(treated.hits, kept_back.hits) < kFewestHitsInSequence)
    return fmt::format("too few accounts {} for it", done);
  if ((1 - pooled) * smaller < kFewestExpectedInSequence ||
      std::min(treated.accounts - treated.hits, kept_back.accounts - kept_back.hits) < kFewestHitsInSequence)
    return fmt::format("almost every account {}", done);
  return {};
}

}  // namespace

uint64_t steady(uint64_t planned) noexcept {
  const uint64_t below = std::bit_floor(planned);  // above the geometric mean, the larger
  const bool nearer_above = static_cast<double>(planned) > static_cast<double>(below) * 1.4142135623730951;
  return nearer_above ? below * 2 : below;
}

DailyLook look_at(std::vector<FollowedAccount> accounts, double kept_back, int days, uint64_t planned,
                  int64_t known_until_ms, std::string_view done) {
  DailyLook look;
  const int64_t window_ms = days * kMsOfDay;
  std::erase_if(accounts, [&](const FollowedAccount& account) {
    return account.since_ms > known_until_ms - window_ms;
  });
  if (accounts.empty()) {
    look.lacks = fmt::format("no account has its first {} behind it yet",
                             days == 1 ? "day" : fmt::format("{} days", days));
    return look;
  }
  std::sort(accounts.begin(), accounts.end(), [](const FollowedAccount& a, const FollowedAccount& b) {
    return std::tie(a.since_ms, a.id) < std::tie(b.since_ms, b.id);
  });
  TwoShareEvidence evidence(1 - kept_back);
  for (const FollowedAccount& account : accounts) {
    evidence.add(account.treated,
                 account.reached_ms.has_value() && *account.reached_ms - account.since_ms < window_ms);
  }
  look.treated = evidence.treated();
  look.kept_back = evidence.kept_back();
  look.evidence = evidence.most_evidence();
  look.evidence_now = evidence.evidence();
  look.p = evidence.p();
  look.interval_lacks = sequence_lacks(look.treated, look.kept_back, planned, done);
  if (look.interval_lacks.empty())
    look.interval = difference_sequence(look.treated, look.kept_back, steady(planned));
  return look;
}

std::string lot_lacks(const Lot& lot) {
  if (!lot.planned.has_value()) return std::string(lot.unknown);
  if (*lot.planned <= 0) return std::string(lot.nobody);
  if (*lot.planned >= 1) return "all accounts are kept back";
  if (lot.is_off) return "the arms are not as planned (the top of the page says more)";
  if (lot.changed == 0) return {};
  return fmt::format("{} account{} changed sides in the period, so that it is not one lot that was drawn",
                     lot.changed, lot.changed == 1 ? "" : "s");
}

}  // namespace abm::measure
