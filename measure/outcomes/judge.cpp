// Arms against each other. Shares are judged as goals are (comparison.h), money by permutation and bootstrap
// (money.h), times by the log-rank test: all of them on all accounts as assigned, with an opportunity or not.
#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "measure/outcomes/follow.h"
#include "measure/outcomes/outcomes.h"

namespace abm::measure {
namespace {

using generation::AdjustBy;

constexpr int kMostDailyDays = 365;
constexpr std::string_view kHadOpportunity = "had an opportunity", kHadWon = "had a deal won";
constexpr double kFewestExpectedEvents = 5;  // in either arm (Cochran 1954)

template <typename Value>
Amounts amounts_of(const std::vector<OutcomeAccount>& accounts, Value value) {
  Amounts amounts;
  for (const OutcomeAccount& account : accounts)
    (account.control ? amounts.kept_back : amounts.treated).push_back(value(account));
  return amounts;
}

template <typename Has>
Comparison compare_shares(const std::vector<OutcomeAccount>& accounts, Has has, std::string_view done) {
  Share treated, kept_back;
  for (const OutcomeAccount& account : accounts) {
    Share& share = account.control ? kept_back : treated;
    ++share.accounts;
    share.hits += has(account) ? 1 : 0;
  }
  return compare(treated, kept_back, done);
}

bool has_opportunity(const OutcomeAccount& account) noexcept {
  return account.opportunities > 0;
}
bool has_won(const OutcomeAccount& account) noexcept {
  return account.won > 0;
}
double amount_of(const OutcomeAccount& account) noexcept {
  return account.amount;
}
double won_amount_of(const OutcomeAccount& account) noexcept {
  return account.won_amount;
}

/// What may be looked at daily.
class Daily {
 public:
  Daily(const Outcomes& outcomes, const QuestionResult& result, const Plan& plan)
      : outcomes_(outcomes), result_(result), plan_(plan) {
    if (result.question == Question::kListed) {
      lacks_ =
          "the clocks of listed accounts all start on one day, so that their windows end together: there is one "
          "look, when the window is over";
      return;
    }
    lacks_ = lot_lacks(
        {.planned = plan.control,
         .unknown = "the planned share of the control group is not known: name the published site, or "
                    "say --control PERCENT",
         .nobody = "no control group is planned (the published rules, or --control)",
         .is_off = result.is_off,
         .changed = static_cast<int64_t>(result.changed)});
    if (lacks_.empty() && outcomes.settings.window_days > kMostDailyDays)
      lacks_ = fmt::format("a window of more than {} days is not followed by the day", kMostDailyDays);
  }

  template <typename Days>
  [[nodiscard]] DailyLook share(Days days, std::string_view done) const {
    DailyLook look;
    look.lacks = lacks_;
    if (!lacks_.empty()) return look;
    std::vector<FollowedAccount> followed;
    for (const OutcomeAccount& account : result_.accounts) {
      FollowedAccount& one = followed.emplace_back();
      one.since_ms = account.since_ms;
      one.id = account.account;
      one.treated = !account.control;
      if (const std::optional<double> after = days(account); after.has_value())
        one.reached_ms =
            account.since_ms + static_cast<int64_t>(*after * static_cast<double>(kMsPerDay) + 0.5);
    }
    return look_at(std::move(followed), *plan_.control, static_cast<int>(outcomes_.settings.window_days),
                   plan_.accounts, outcomes_.set.as_of_ms, done);
  }

  /// `most`: winsorised at this.
  [[nodiscard]] DailyMean mean(std::optional<double> most) const {
    DailyMean look;
    look.lacks = lacks_;
    if (!lacks_.empty()) return look;
    Amounts amounts;
    for (const OutcomeAccount& account : result_.accounts) {
      if (account.window_over)
        (account.control ? amounts.kept_back : amounts.treated).push_back(account.amount);
    }
    if (most.has_value())
      amounts = {winsorised(amounts.treated, *most), winsorised(amounts.kept_back, *most)};
    look.treated = mean_of(amounts.treated);
    look.kept_back = mean_of(amounts.kept_back);
    look.lacks =
        sequence_of_means_lacks(look.treated, look.kept_back, plan_.accounts,
                                most.has_value() ? kFewestWinsorisedInSequence : kFewestAmountsInSequence);
    if (look.lacks.empty())
      look.interval = mean_difference_sequence(look.treated, look.kept_back, steady(plan_.accounts));
    return look;
  }

 private:
  const Outcomes& outcomes_;
  const QuestionResult& result_;
  const Plan& plan_;
  std::string lacks_;
};

/// The figure that is adjusted.
struct PlainFigure {
  double estimate = 0;
  std::optional<Interval> interval;
};

std::optional<PlainFigure> plain_of(const Comparison& comparison) {
  if (!comparison.difference.has_value()) return std::nullopt;
  return PlainFigure{comparison.difference->estimate, comparison.difference->interval};
}

std::optional<PlainFigure> plain_of(const MoneyComparison& money) {
  if (!money.difference.has_value()) return std::nullopt;
  PlainFigure plain{money.difference->estimate, {}};
  if (money.interval_lacks.empty()) plain.interval = money.difference->interval;
  return plain;
}

/// CUPED of one outcome; nothing where the plain figure lacks data. Its interval is the plain one, moved to
/// the adjusted estimate and narrowed by √(1 − r²): shares are few and amounts skewed, so that a normal
/// interval of the residuals would be too narrow, as it is without an adjustment.
template <typename Value>
std::optional<AdjustedFigure> adjusted(const Outcomes& outcomes, QuestionResult& result,
                                       const std::optional<PlainFigure>& plain, Value value) {
  const AdjustBy by = outcomes.settings.adjust;
  if (by == AdjustBy::kNothing || !plain.has_value() || !result.adjust_lacks.empty()) return std::nullopt;
  const Amounts before = amounts_of(result.accounts, [by](const OutcomeAccount& account) {
    return by == AdjustBy::kVisitsBefore ? static_cast<double>(account.visits_before)
                                         : static_cast<double>(account.opened_before);
  });
  const Amounts after = amounts_of(result.accounts, value);
  const auto found = adjust_by_before(after.treated, before.treated, after.kept_back, before.kept_back);
  if (!found.has_value()) {
    result.adjust_lacks =
        by == AdjustBy::kVisitsBefore
            ? "no visit of these accounts from before is stored (abmctl report --db keeps them)"
            : "no account had pipeline in a window's length before its start";
    return std::nullopt;
  }
  AdjustedFigure figure{.estimate = found->estimate,
                        .interval = {},
                        .theta = found->theta,
                        .explained = found->correlation * found->correlation};
  if (plain->interval.has_value()) {
    const double narrower = std::sqrt(std::max(0.0, 1 - figure.explained));
    figure.interval = {figure.estimate - (plain->estimate - plain->interval->low) * narrower,
                       figure.estimate + (plain->interval->high - plain->estimate) * narrower};
  }
  return figure;
}

MoneyOutcome judge_money(const Outcomes& outcomes, QuestionResult& result,
                         double (*value)(const OutcomeAccount&) noexcept) {
  MoneyOutcome money;
  const Amounts amounts = amounts_of(result.accounts, value);
  money.comparison = compare_money(amounts);
  const bool has_data = money.comparison.difference.has_value();
  if (const auto most = outcomes.settings.winsorise; most.has_value() && has_data) {
    money.winsorised =
        compare_money({winsorised(amounts.treated, *most), winsorised(amounts.kept_back, *most)});
  }
  money.by_before = adjusted(outcomes, result, plain_of(money.comparison), value);
  return money;
}

/// `days` until it happened, or else until when that is known not to be so.
template <typename Happened, typename Known>
TimeOutcome judge_time(const QuestionResult& result, Happened happened, Known known, std::string_view done) {
  std::vector<Duration> treated, kept_back;
  for (const OutcomeAccount& account : result.accounts) {
    const std::optional<double> days = happened(account);
    (account.control ? kept_back : treated).push_back({days.value_or(known(account)), days.has_value()});
  }
  TimeOutcome time;
  time.treated = kaplan_meier(treated);
  time.kept_back = kaplan_meier(kept_back);
  const LogRank test = log_rank(std::move(treated), std::move(kept_back));
  if (std::min(time.treated.subjects, time.kept_back.subjects) < kFewestAccounts) {
    time.lacks = fmt::format("at least {} accounts of each arm are needed", kFewestAccounts);
  } else if (std::min(test.expected_a, test.expected_b) < kFewestExpectedEvents) {
    const uint64_t happened_to = time.treated.happened + time.kept_back.happened;
    time.lacks = fmt::format("{} account{} {}; at least {:.0f} of each arm should be expected to",
                             happened_to, happened_to == 1 ? "" : "s", done, kFewestExpectedEvents);
  } else {
    time.test = test;
  }
  return time;
}

void judge_times(const Outcomes& outcomes, QuestionResult& result) {
  const auto days_known = [&outcomes](const OutcomeAccount& account) {
    return days_between(account.since_ms, outcomes.set.as_of_ms);
  };
  const double window = outcomes.settings.window_days;
  result.to_opportunity = judge_time(
      result, [](const OutcomeAccount& account) { return account.days_to_opportunity; },
      [&](const OutcomeAccount& account) { return std::min(days_known(account), window); }, kHadOpportunity);
  // Of a deal that was won at a time which nothing states, it is known that it was not won before it began.
  result.to_won = judge_time(
      result,
      [](const OutcomeAccount& account) {
        const bool undated_first =
            account.days_to_undated_won.has_value() && account.days_to_won > account.days_to_undated_won;
        return undated_first ? std::nullopt : account.days_to_won;
      },
      [&](const OutcomeAccount& account) {
        return account.days_to_undated_won.value_or(days_known(account));
      },
      kHadWon);
}

/// Accounts of a tier or segment while they are counted.
struct PartCounts {
  Share treated, kept_back;
  Amounts amounts;

  void add(const OutcomeAccount& account) {
    Share& share = account.control ? kept_back : treated;
    ++share.accounts;
    share.hits += has_opportunity(account) ? 1 : 0;
    (account.control ? amounts.kept_back : amounts.treated).push_back(account.amount);
  }
  [[nodiscard]] Part judged(std::string name) const {
    return {std::move(name), compare(treated, kept_back, kHadOpportunity), compare_money(amounts)};
  }
};

void judge_parts(QuestionResult& result) {
  std::map<std::string, PartCounts> tiers, segments;
  for (const OutcomeAccount& account : result.accounts) {
    tiers[account.tier].add(account);
    for (const std::string& segment : account.segments) segments[segment].add(account);
  }
  for (const std::string_view tier : {"one-to-one", "one-to-few", "one-to-many", "untiered"}) {
    if (const auto found = tiers.find(std::string(tier)); found != tiers.end())
      result.tiers.push_back(found->second.judged(found->first));
  }
  using Segment = std::pair<const std::string, PartCounts>;
  std::vector<const Segment*> enough;
  for (const Segment& segment : segments) {
    if (std::min(segment.second.treated.accounts, segment.second.kept_back.accounts) >= kFewestAccounts)
      enough.push_back(&segment);
  }
  std::stable_sort(enough.begin(), enough.end(), [](const Segment* a, const Segment* b) {
    return a->second.treated.accounts + a->second.kept_back.accounts >
           b->second.treated.accounts + b->second.kept_back.accounts;
  });
  enough.resize(std::min(enough.size(), kMostSegments));
  result.segments_left_out = segments.size() - enough.size();
  for (const Segment* const segment : enough)
    result.segments.push_back(segment->second.judged(segment->first));
}

void judge(Outcomes& outcomes, QuestionResult& result, const Plan& plan) {
  if (!result.lacks.empty()) return;
  const Daily daily(outcomes, result, plan);
  result.opportunity.comparison = compare_shares(result.accounts, has_opportunity, kHadOpportunity);
  result.opportunity.comparison.daily =
      daily.share([](const OutcomeAccount& account) { return account.days_to_opportunity; }, kHadOpportunity);
  result.won.comparison = compare_shares(result.accounts, has_won, kHadWon);
  result.won.comparison.daily =
      daily.share([](const OutcomeAccount& account) { return account.days_to_won; }, kHadWon);
  const bool undated =
      std::any_of(result.accounts.begin(), result.accounts.end(),
                  [](const OutcomeAccount& account) { return account.days_to_undated_won.has_value(); });
  if (undated) {
    result.won.comparison.daily = DailyLook();
    result.won.comparison.daily->lacks = "of some deals that were won, the exports do not say when";
  }
  result.opportunity.by_before =
      adjusted(outcomes, result, plain_of(result.opportunity.comparison),
               [](const OutcomeAccount& account) { return has_opportunity(account) ? 1.0 : 0.0; });
  result.won.by_before = adjusted(outcomes, result, plain_of(result.won.comparison),
                                  [](const OutcomeAccount& account) { return has_won(account) ? 1.0 : 0.0; });
  result.amount = judge_money(outcomes, result, amount_of);
  result.amount.daily = daily.mean(std::nullopt);
  if (const auto most = outcomes.settings.winsorise; most.has_value())
    result.amount.daily_winsorised = daily.mean(most);
  result.won_amount = judge_money(outcomes, result, won_amount_of);
  result.won_amount.daily.lacks = "what is won may still change when an account's window is over";
  judge_times(outcomes, result);
  judge_parts(result);
  result.deals = deals_by_arm(result.accounts, outcomes.set);
  result.velocity = compare_velocity(result.accounts, outcomes.set);
  if (outcomes.set.has_types) result.retention = retention_by_arm(result.accounts);
}

}  // namespace

void judge_outcomes(Outcomes& outcomes, const Plan& plan, const ArmsOff& off) {
  outcomes.came.is_off = off.came;
  outcomes.listed.is_off = off.listed;
  for (QuestionResult* const result : {&outcomes.came, &outcomes.listed}) judge(outcomes, *result, plan);
  outcomes.came.opportunity.is_primary = outcomes.primary == kOpportunity;
  outcomes.came.won.is_primary = outcomes.primary == kWon;
  outcomes.came.amount.is_primary = outcomes.primary == kAmount;
  outcomes.came.won_amount.is_primary = outcomes.primary == kWonAmount;
}

Family family_of(Outcomes& outcomes) {
  Family family;
  for (QuestionResult* const result : {&outcomes.came, &outcomes.listed}) {
    for (ShareOutcome* const share : {&result->opportunity, &result->won}) {
      if (share->is_primary) continue;
      if (share->comparison.difference.has_value())
        family.p.push_back({share->comparison.difference->p, &share->comparison.adjusted_p});
      if (auto& daily = share->comparison.daily; daily.has_value() && daily->lacks.empty())
        family.evidence.push_back({daily->evidence_now, &daily->adjusted_p});
    }
    for (MoneyOutcome* const money : {&result->amount, &result->won_amount}) {
      if (money->comparison.difference.has_value() && !money->is_primary)
        family.p.push_back({money->comparison.difference->p, &money->comparison.adjusted_p});
      // Of the primary outcome, too: it is a second look at the same question.
      if (money->winsorised.has_value() && money->winsorised->difference.has_value())
        family.p.push_back({money->winsorised->difference->p, &money->winsorised->adjusted_p});
    }
    for (TimeOutcome* const time : {&result->to_opportunity, &result->to_won}) {
      if (time->test.has_value()) family.p.push_back({time->test->p, &time->adjusted_p});
    }
  }
  return family;
}

}  // namespace abm::measure
