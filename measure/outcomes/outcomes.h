// Did it create pipeline? Opportunities of accounts, as assigned to arms: two questions, judged apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connect/import/opportunity.h"
#include "generation/site_outcomes.h"
#include "measure/outcomes/comparison.h"
#include "measure/outcomes/deals.h"
#include "measure/outcomes/family.h"
#include "measure/outcomes/money.h"
#include "measure/outcomes/outcome_account.h"
#include "measure/statistics/survival.h"
#include "measure/store/sqlite.h"
#include "measure/store/visit_store.h"

namespace abm::measure {

enum class Question : uint8_t {
  kCame,   ///< accounts that came, from their first visit with an arm on
  kListed  ///< all listed accounts, whether they came or not, from one day on
};
[[nodiscard]] std::string_view to_string(Question question) noexcept;  ///< "came", "listed"

/// The outcomes that are compared, by the names that `primary:` knows, and the times until two of them.
inline constexpr std::string_view kOpportunity = "opportunity", kAmount = "amount", kWon = "won",
                                  kWonAmount = "won_amount", kTimeToOpportunity = "days_to_opportunity",
                                  kTimeToWon = "days_to_won";

/// A figure with what was there before taken out of it (CUPED), beside the plain one. It has no p: it would
/// be a second chance for the same question, outside the family of tests.
struct AdjustedFigure {
  double estimate = 0;                    ///< treated - control
  std::optional<Interval> interval = {};  ///< 95 %, only where the plain figure has one
  double theta = 0;                       ///< what one unit of before is worth in the outcome
  double explained = 0;                   ///< r²: the part of the variance that is gone, 0 to 1
};
/// Where before explains less than this, the adjusted figure says nothing new.
inline constexpr double kLeastExplained = 0.01;

/// A share of accounts: with an opportunity, with one that was won.
struct ShareOutcome {
  Comparison comparison;
  std::optional<AdjustedFigure> by_before;
  bool is_primary = false;
};

/// A mean per account: created, won.
struct MoneyOutcome {
  MoneyComparison comparison;
  std::optional<MoneyComparison> winsorised;
  std::optional<AdjustedFigure> by_before;
  DailyMean daily;
  std::optional<DailyMean> daily_winsorised;
  bool is_primary = false;
};

/// From the clock until something happened first.
struct TimeOutcome {
  SurvivalCurve treated, kept_back;
  std::optional<LogRank> test;
  std::string lacks;  ///< why there is none
  std::optional<double> adjusted_p;
};

/// Accounts of one tier or segment. Nobody planned to compare these: intervals, and no p.
struct Part {
  std::string name;
  Comparison opportunity;
  MoneyComparison amount;
};

/// Sums over the accounts of one arm.
struct ArmTotals {
  uint64_t accounts = 0;
  uint64_t not_followed = 0;  ///< in none of the other figures: their clock starts after the exports end
  uint64_t windows_over = 0;
  uint64_t opportunities = 0, expansions = 0, won = 0, lost = 0;
  double amount = 0, expansion_amount = 0, won_amount = 0;
  uint64_t without_amount = 0;                         ///< opportunities that state none
  uint64_t with_before = 0, before = 0, same_day = 0;  ///< accounts; opportunities from before the clock
  double amount_before = 0;
  uint64_t after = 0;  ///< opportunities from after the window
};

struct QuestionResult {
  Question question = Question::kCame;
  std::string lacks;                     ///< not empty: it cannot be answered; this says why, and what to do
  bool is_off = false;                   ///< the arms are not as planned: nothing here may be judged
  std::vector<OutcomeAccount> accounts;  ///< by id; those whose clock starts before the exports end
  uint64_t changed = 0;                  ///< accounts that changed sides
  ArmTotals treated, kept_back;
  ShareOutcome opportunity, won;
  MoneyOutcome amount, won_amount;
  TimeOutcome to_opportunity, to_won;
  std::string adjust_lacks;  ///< why nothing is adjusted although it was declared
  std::vector<Part> tiers, segments;
  uint64_t segments_left_out = 0;  ///< with too few accounts to say anything, or beyond kMostSegments
  std::vector<Deals> deals;        ///< treated, control
  LogRank velocity;
  std::vector<Retention>
      retention;  ///< treated, control; empty: nothing says which opportunities are renewals
};
inline constexpr size_t kMostSegments = 20;

struct Outcomes {
  connect::OpportunitySet set;
  generation::OutcomesInput settings;
  std::string primary;  ///< the outcome that `primary:` names, of accounts that came; "": none
  std::optional<int64_t>
      from_ms;                ///< first visits are those since then (--from); none: of all that are known
  uint64_t known_before = 0;  ///< accounts that came and had a visit before from_ms
  std::optional<int64_t> since_ms;  ///< of listed accounts
  std::string since_from;           ///< what says so: "outcomes: since", "--from", "primary: since"
  QuestionResult came, listed;
  std::vector<Deals> by_list;  ///< deals_by_list(); empty without a list
};

struct OutcomesRequest {
  connect::OpportunitySet set = {};
  generation::OutcomesInput settings = {};
  std::optional<generation::PrimaryGoal> primary = {};
  const std::vector<ListedAccount>* listed = nullptr;  ///< nullptr: there is no list
  std::optional<int64_t> from_ms = {};                 ///< --from
  int64_t now_ms = 0;                                  ///< 0: not known; a start after it is to come
  std::string listed_lacks = {};  ///< not empty: why the arms of the list are not those of the visits
};

/// Accounts and what became of them; judges nothing yet. Needs the tables and views of roll_up().
[[nodiscard]] Result<Outcomes> gather_outcomes(Database& database, OutcomesRequest request);

/// By question: whether the arms are not as planned, so that nothing may be judged.
struct ArmsOff {
  bool came = false, listed = false;
};
/// Everything else.
void judge_outcomes(Outcomes& outcomes, const Plan& plan, const ArmsOff& off);

/// All tests of both questions but the primary one: p for one look, and what may be looked at daily. Valid as
/// long as `outcomes` is neither moved nor changed.
[[nodiscard]] Family family_of(Outcomes& outcomes);

}  // namespace abm::measure
