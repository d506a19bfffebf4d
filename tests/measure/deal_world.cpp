#include "tests/measure/deal_world.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/timestamp.h"

namespace abm::measure {
namespace {

constexpr int64_t kMsOfADay = 86'400'000;

/// One lot of an account: the same wherever its lines stand. splitmix64's finish over a hash of all three.
double lot(uint64_t seed, std::string_view account, std::string_view of_what) {
  uint64_t z = hash64(fmt::format("{}:{}:{}", seed, account, of_what));
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/// The text between `"name":"` and the next quote; "" if there is none.
std::string_view text_member(std::string_view line, std::string_view name) {
  const std::string begin = fmt::format("\"{}\":\"", name);
  const size_t at = line.find(begin);
  if (at == line.npos) return {};
  const std::string_view rest = line.substr(at + begin.size());
  return rest.substr(0, rest.find('"'));
}

std::string day_text(int64_t ms) {
  return format_rfc3339(ms / 1000);
}

/// Exponential with a long tail: two of three deals are below the mean.
double skewed(double mean, double unit) {
  return std::round(mean * -std::log(1 - unit) * (unit > 0.9 ? 1.3 : 0.78));
}

}  // namespace

void DealWorld::see(std::string_view line) {
  const std::string_view arm = text_member(line, "arm"), account = text_member(line, "account");
  if (arm.empty() || line.find("\"bot\":true") != line.npos) return;
  const std::string_view written = text_member(line, "ts");
  const auto seconds = parse_rfc3339(written);
  if (!seconds.has_value()) return;
  int64_t ms = *seconds * 1000;
  for (int i = 0, power = 100; i < 3; ++i, power /= 10)
    ms += (written[20 + static_cast<size_t>(i)] - '0') * power;
  const auto known = came_.find(account);
  if (known == came_.end()) {
    came_.emplace(std::string(account), Came{ms, arm == "control"});
  } else if (ms < known->second.since_ms) {
    known->second = {ms, arm == "control"};
  }
}

int64_t DealWorld::known_until_ms() const {
  int64_t first = came_.empty() ? 0 : came_.begin()->second.since_ms;
  for (const auto& [account, came] : came_) first = std::min(first, came.since_ms);
  return first + static_cast<int64_t>(options_.known_days * kMsOfADay);
}

std::vector<Deal> DealWorld::deals() const {
  std::vector<Deal> deals;
  const int64_t until_ms = known_until_ms();
  const auto add = [&](const std::string& account, std::string_view kind, int64_t created_ms, double amount) {
    if (created_ms > until_ms) return;
    Deal& deal = deals.emplace_back();
    deal.id = fmt::format("{}-{}", account, kind);
    deal.account = account;
    deal.created_ms = created_ms;
    deal.amount = amount;
    deal.type = kind == "renewal" ? "Renewal" : "New Business";
    const double fate = lot(options_.seed, account, fmt::format("{} fate", kind));
    if (fate >= 2 * options_.won) return;
    const double days = 20 + 60 * lot(options_.seed, account, fmt::format("{} close", kind));
    const auto closed_ms = created_ms + static_cast<int64_t>(days * kMsOfADay);
    if (closed_ms > until_ms) return;
    deal.closed_ms = closed_ms;
    deal.won = fate < options_.won;
  };
  for (const auto& [account, came] : came_) {
    const auto draw = [&, &id = account](std::string_view what) { return lot(options_.seed, id, what); };
    const double rate = options_.rate + (came.control ? 0 : options_.lift);
    if (draw("has") < rate) {
      const double days = options_.window_days * draw("day");
      add(account, "new", came.since_ms + static_cast<int64_t>(days * kMsOfADay),
          skewed(options_.amount, draw("amount")));
    }
    if (draw("before") < options_.before) {
      add(account, "before", came.since_ms - static_cast<int64_t>((1 + 364 * draw("before day")) * kMsOfADay),
          skewed(options_.amount, draw("before amount")));
    }
    if (draw("renewal") < options_.renewals)
      add(account, "renewal", came.since_ms - 10 * kMsOfADay,
          skewed(options_.amount, draw("renewal amount")));
  }
  for (uint32_t i = 0; i < options_.strangers; ++i)
    deals.push_back(
        {fmt::format("stranger-{}", i), "", "New Business", until_ms - i * kMsOfADay, 0, false, 1000.0 * i});
  return deals;
}

DealTruth DealWorld::truth() const {
  DealTruth truth;
  for (const auto& [account, came] : came_) ++(came.control ? truth.control : truth.treated);
  for (const Deal& deal : deals()) {
    const auto came = came_.find(deal.account);
    if (!deal.id.ends_with("-new") || came == came_.end()) continue;
    ++(came->second.control ? truth.control_with : truth.treated_with);
    (came->second.control ? truth.control_amount : truth.treated_amount) += deal.amount;
  }
  // The mean of skewed(), by its definition.
  constexpr int kSteps = 100'000;
  double mean = 0;
  for (int i = 0; i < kSteps; ++i) mean += skewed(options_.amount, (i + 0.5) / kSteps) / kSteps;
  truth.share_effect = options_.lift;
  truth.amount_effect = options_.lift * mean;
  return truth;
}

std::string DealWorld::csv() const {
  std::string text = "Deal ID,ABM account id,Company name,Stage,Amount,Currency,Created,Closed,Type\n";
  for (const Deal& deal : deals()) {
    const std::string_view stage = deal.closed_ms == 0 ? "Proposal" : deal.won ? "Closed Won" : "Closed Lost";
    text += fmt::format("{},{},{},{},{:.0f},EUR,{},{},{}\n", deal.id, deal.account,
                        deal.account.empty() ? "Company of " + deal.id : deal.account, stage, deal.amount,
                        day_text(deal.created_ms), deal.closed_ms == 0 ? "" : day_text(deal.closed_ms),
                        deal.type);
  }
  return text;
}

}  // namespace abm::measure
