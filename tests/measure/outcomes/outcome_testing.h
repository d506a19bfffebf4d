// What the tests of outcomes share: days, opportunities to vary, accounts by the dozen.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connect/import/opportunity.h"
#include "measure/outcomes/follow.h"
#include "measure/outcomes/outcomes.h"
#include "measure/report/rollup.h"
#include "tests/measure/report_testing.h"

namespace abm::measure::testing {

inline constexpr int64_t kFirstDay = 1793491200000;  ///< 2026-11-01T00:00:00Z

/// Milliseconds since the epoch, `days` after 2026-11-01.
inline int64_t day(double days) {
  return kFirstDay + static_cast<int64_t>(days * kMsPerDay);
}

inline connect::Opportunity deal(std::string account, int64_t created_ms, double amount) {
  connect::Opportunity one;
  one.id = account + "-" + std::to_string(created_ms) + "-" + std::to_string(amount);
  one.company = account;
  one.account = std::move(account);
  one.created_ms = created_ms;
  one.amount = amount;
  return one;
}

inline connect::Opportunity closed(connect::Opportunity one, connect::DealState state, int64_t closed_ms) {
  one.state = state;
  one.closed_ms = closed_ms;
  return one;
}
inline connect::Opportunity won(connect::Opportunity one, int64_t closed_ms) {
  return closed(std::move(one), connect::DealState::kWon, closed_ms);
}
inline connect::Opportunity lost(connect::Opportunity one, int64_t closed_ms) {
  return closed(std::move(one), connect::DealState::kLost, closed_ms);
}
inline connect::Opportunity of_type(connect::Opportunity one, connect::DealType type) {
  one.type = type;
  return one;
}

inline connect::OpportunitySet exports(std::vector<connect::Opportunity> opportunities, int64_t as_of_ms) {
  connect::OpportunitySet set;
  set.opportunities = std::move(opportunities);
  set.currency = "EUR";
  set.as_of_ms = as_of_ms;
  return set;
}

/// What site.yaml declares.
struct Declared {
  uint32_t window_days = 180;
  std::optional<int64_t> since = {};  ///< Unix seconds
  std::optional<double> winsorise = {};
  generation::AdjustBy adjust = generation::AdjustBy::kNothing;

  [[nodiscard]] generation::OutcomesInput input() const {
    generation::OutcomesInput input;
    input.window_days = window_days;
    input.since = since;
    input.winsorise = winsorise;
    input.adjust = adjust;
    return input;
  }
};
inline generation::PrimaryGoal primary_outcome(std::string outcome, int64_t since) {
  generation::PrimaryGoal primary;
  primary.outcome = std::move(outcome);
  primary.since = since;
  return primary;
}

/// "account-0007"
inline std::string account_name(size_t number) {
  std::string digits = std::to_string(number);
  return "account-" + std::string(4 - digits.size(), '0') + digits;
}

/// A store with these lines, counted from `from_ms` on.
inline VisitStore store_of(const std::vector<Line>& lines, int64_t from_ms = 0) {
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) {
    Line line = lines[i];
    line.request_id = request_id(i + 1);
    text += line.text() + "\n";
  }
  const Folder folder;
  auto store = VisitStore::open("");
  EXPECT_TRUE(store.ok());
  load(*store, {folder.write("log", text)});
  EXPECT_TRUE(
      roll_up(store->database(), {.period = {.from_ms = from_ms}, .goals = {}}, [](uint64_t, uint64_t) {
      }).ok());
  return std::move(*store);
}

}  // namespace abm::measure::testing
