#include "measure/report/export_outcomes.h"

#include <array>
#include <string_view>

#include "base/timestamp.h"
#include "measure/report/outcome_words.h"

namespace abm::measure {
namespace {

using Json = JsonWriter<std::string>;

constexpr std::array<std::string_view, 3> kAdjustNames = {"", "pipeline-before", "visits-before"};

void write_optional(Json& json, const std::optional<double>& value) {
  value.has_value() ? json.number(*value) : json.null();
}

void write_interval(Json& json, const Interval& interval) {
  json.begin_array().number(interval.low).number(interval.high).end_array();
}

void write_time(Json& json, std::string_view name, const std::optional<int64_t>& ms) {
  json.key(name);
  ms.has_value() ? json.string(format_rfc3339(*ms / 1000)) : json.null();
}

void write_arm(Json& json, std::string_view name, const ArmTotals& arm) {
  json.key(name).begin_object().key("accounts").number(arm.accounts);
  json.key("not_followed").number(arm.not_followed).key("windows_over").number(arm.windows_over);
  json.key("opportunities").number(arm.opportunities).key("amount").number(arm.amount);
  json.key("without_amount").number(arm.without_amount).key("won").number(arm.won);
  json.key("won_amount").number(arm.won_amount).key("lost").number(arm.lost);
  json.key("expansions").number(arm.expansions).key("expansion_amount").number(arm.expansion_amount);
  json.key("before").begin_object().key("accounts").number(arm.with_before).key("opportunities");
  json.number(arm.before).key("amount").number(arm.amount_before).key("same_day").number(arm.same_day);
  json.end_object().key("opportunities_after").number(arm.after).end_object();
}

void write_adjusted(Json& json, const std::optional<AdjustedFigure>& adjusted) {
  json.key("adjusted_by_before");
  if (!adjusted.has_value()) {
    json.null();
    return;
  }
  json.begin_object().key("estimate").number(adjusted->estimate).key("interval");
  if (adjusted->interval.has_value()) {
    write_interval(json, *adjusted->interval);
  } else {
    json.null();
  }
  json.key("theta").number(adjusted->theta).key("explained").number(adjusted->explained).end_object();
}

void write_daily_look(Json& json, const DailyLook& look) {
  json.key("daily");
  if (!look.lacks.empty()) {
    json.null().key("daily_lacks").string(look.lacks);
    return;
  }
  json.begin_object();
  for (const auto& [name, share] : {std::pair<std::string_view, const Share&>{"treated", look.treated},
                                    std::pair<std::string_view, const Share&>{"control", look.kept_back}}) {
    json.key(name).begin_object().key("accounts").number(share.accounts);
    json.key("with").number(share.hits).key("share").number(share.rate()).end_object();
  }
  json.key("estimate").number(look.treated.rate() - look.kept_back.rate()).key("interval");
  look.interval.has_value() ? write_interval(json, *look.interval) : static_cast<void>(json.null());
  json.key("interval_lacks").string_or_null(look.interval_lacks).key("evidence").number(look.evidence);
  json.key("evidence_now").number(look.evidence_now).key("p").number(look.p).key("p_adjusted");
  write_optional(json, look.adjusted_p);
  json.end_object().key("daily_lacks").null();
}

void write_share_group(Json& json, std::string_view name, const Share& share, const Interval& interval) {
  json.key(name).begin_object().key("accounts").number(share.accounts).key("with").number(share.hits);
  json.key("share").number(share.rate()).key("interval");
  write_interval(json, interval);
  json.end_object();
}

void write_shares(Json& json, const Comparison& comparison) {
  write_share_group(json, "treated", comparison.treated, comparison.treated_interval);
  write_share_group(json, "control", comparison.kept_back, comparison.kept_back_interval);
  json.key("difference");
  if (!comparison.difference.has_value()) {
    json.null().key("not_enough_data").string(comparison.lacks);
    return;
  }
  json.begin_object().key("estimate").number(comparison.difference->estimate).key("interval");
  write_interval(json, comparison.difference->interval);
  json.key("p").number(comparison.difference->p).key("p_adjusted");
  write_optional(json, comparison.adjusted_p);
  json.key("detectable").number(comparison.detectable).end_object().key("not_enough_data").null();
}

void write_mean(Json& json, std::string_view name, const Mean& mean) {
  json.key(name).begin_object().key("accounts").number(mean.n).key("with").number(mean.above_zero);
  json.key("mean").number(mean.mean).end_object();
}

void write_money(Json& json, const MoneyComparison& money) {
  write_mean(json, "treated", money.treated);
  write_mean(json, "control", money.kept_back);
  json.key("difference");
  if (!money.difference.has_value()) {
    json.null().key("not_enough_data").string(money.lacks);
    return;
  }
  json.begin_object().key("estimate").number(money.difference->estimate).key("interval");
  money.interval_lacks.empty() ? write_interval(json, money.difference->interval)
                               : static_cast<void>(json.null());
  json.key("interval_lacks").string_or_null(money.interval_lacks);
  json.key("p").number(money.difference->p).key("p_adjusted");
  write_optional(json, money.adjusted_p);
  json.end_object().key("not_enough_data").null();
}

/// `look` nullptr: there is none.
void write_daily_mean(Json& json, std::string_view name, const DailyMean* look) {
  json.key(name);
  if (look == nullptr) {
    json.null();
    return;
  }
  if (!look->interval.has_value()) {
    json.null().key(std::string(name) + "_lacks").string_or_null(look->lacks);
    return;
  }
  json.begin_object();
  write_mean(json, "treated", look->treated);
  write_mean(json, "control", look->kept_back);
  json.key("estimate").number(look->treated.mean - look->kept_back.mean).key("interval");
  write_interval(json, *look->interval);
  json.end_object().key(std::string(name) + "_lacks").null();
}

void write_money_outcome(Json& json, std::string_view name, const MoneyOutcome& money) {
  json.begin_object().key("outcome").string(name).key("primary").boolean(money.is_primary);
  write_money(json, money.comparison);
  json.key("winsorised");
  if (money.winsorised.has_value()) {
    json.begin_object();
    write_money(json, *money.winsorised);
    json.end_object();
  } else {
    json.null();
  }
  write_adjusted(json, money.by_before);
  write_daily_mean(json, "daily", &money.daily);
  write_daily_mean(json, "daily_winsorised",
                   money.daily_winsorised.has_value() ? &*money.daily_winsorised : nullptr);
  json.end_object();
}

void write_share_outcome(Json& json, std::string_view name, const ShareOutcome& share) {
  json.begin_object().key("outcome").string(name).key("primary").boolean(share.is_primary);
  write_shares(json, share.comparison);
  write_adjusted(json, share.by_before);
  if (share.comparison.daily.has_value()) write_daily_look(json, *share.comparison.daily);
  json.end_object();
}

void write_curve(Json& json, std::string_view name, const SurvivalCurve& curve) {
  json.key(name).begin_object().key("subjects").number(curve.subjects);
  json.key("happened").number(curve.happened).key("median_days");
  write_optional(json, curve.median);
  json.key("median_interval").begin_array();
  write_optional(json, curve.median_low);
  write_optional(json, curve.median_high);
  json.end_array().key("curve").begin_array();
  for (const SurvivalPoint& point : curve.points) {
    json.begin_object().key("days").number(point.days).key("not_yet").number(point.share).key("interval");
    write_interval(json, point.interval);
    json.key("at_risk").number(point.at_risk).key("happened").number(point.happened).end_object();
  }
  json.end_array().end_object();
}

void write_log_rank(Json& json, const std::optional<LogRank>& test) {
  json.key("log_rank");
  test.has_value() ? static_cast<void>(json.begin_object()
                                           .key("statistic")
                                           .number(test->statistic)
                                           .key("p")
                                           .number(test->p)
                                           .end_object())
                   : static_cast<void>(json.null());
}

void write_time_outcome(Json& json, std::string_view name, const TimeOutcome& time) {
  json.begin_object().key("outcome").string(name);
  write_curve(json, "treated", time.treated);
  write_curve(json, "control", time.kept_back);
  write_log_rank(json, time.test);
  json.key("p_adjusted");
  write_optional(json, time.adjusted_p);
  json.key("not_enough_data").string_or_null(time.lacks).end_object();
}

/// Without p: nobody planned to compare these.
void write_parts(Json& json, std::string_view name, const std::vector<Part>& parts) {
  json.key(name).begin_array();
  for (const Part& part : parts) {
    json.begin_object().key("name").string(part.name).key("opportunity").begin_object();
    write_share_group(json, "treated", part.opportunity.treated, part.opportunity.treated_interval);
    write_share_group(json, "control", part.opportunity.kept_back, part.opportunity.kept_back_interval);
    json.key("estimate");
    const auto& share = part.opportunity.difference;
    share.has_value() ? json.number(share->estimate) : json.null();
    json.key("interval");
    share.has_value() ? write_interval(json, share->interval) : static_cast<void>(json.null());
    json.key("not_enough_data").string_or_null(part.opportunity.lacks).end_object();
    json.key("amount").begin_object();
    write_mean(json, "treated", part.amount.treated);
    write_mean(json, "control", part.amount.kept_back);
    json.key("estimate");
    const auto& money = part.amount.difference;
    money.has_value() ? json.number(money->estimate) : json.null();
    json.key("interval");
    money.has_value() && part.amount.interval_lacks.empty() ? write_interval(json, money->interval)
                                                            : static_cast<void>(json.null());
    json.key("not_enough_data").string_or_null(part.amount.lacks).end_object().end_object();
  }
  json.end_array();
}

void write_deals(Json& json, std::string_view name, const std::vector<Deals>& groups) {
  json.key(name).begin_array();
  for (const Deals& deals : groups) {
    json.begin_object().key("group").string(deals.name).key("accounts").number(deals.accounts);
    json.key("opportunities").number(deals.opportunities).key("won").number(deals.won);
    json.key("lost").number(deals.lost).key("open").number(deals.open).key("amount").number(deals.amount);
    json.key("won_amount").number(deals.won_amount).key("win_rate");
    deals.win_rate().accounts > 0 ? json.number(deals.win_rate().rate()) : json.null();
    json.key("win_rate_interval");
    write_interval(json, deals.win_interval);
    json.key("mean_won");
    write_optional(json, deals.mean_won);
    json.key("median_won");
    write_optional(json, deals.median_won);
    json.key("closed_undated").number(deals.closed_undated);
    write_curve(json, "velocity", deals.velocity);
    json.end_object();
  }
  json.end_array();
}

void write_retention(Json& json, const std::vector<Retention>& arms) {
  json.key("retention").begin_array();
  for (const Retention& arm : arms) {
    json.begin_object().key("group").string(arm.name).key("customers").number(arm.customers);
    json.key("renewals").number(arm.renewals).key("renewed").number(arm.renewed);
    json.key("churned").number(arm.churned).key("renewed_amount").number(arm.renewed_amount);
    json.key("churned_amount").number(arm.churned_amount).key("renewed_interval");
    write_interval(json, arm.renewed_interval);
    json.key("expanded").number(arm.expanded).key("expansions").number(arm.expansions);
    json.key("expansion_amount").number(arm.expansion_amount).end_object();
  }
  json.end_array();
}

void write_question(Json& json, const Outcomes& outcomes, const QuestionResult& result) {
  const OutcomeAnswer answer = answer_of(outcomes, result);
  json.begin_object().key("question").string(to_string(result.question)).key("answer");
  json.string(said(answer)).key("not_answered").string_or_null(result.lacks);
  if (!result.lacks.empty()) {
    json.end_object();
    return;
  }
  json.key("arms").begin_object();
  write_arm(json, "treated", result.treated);
  write_arm(json, "control", result.kept_back);
  json.end_object().key("arms_are_off").boolean(result.is_off).key("changed_sides").number(result.changed);
  json.key("comparisons").begin_array();
  write_share_outcome(json, kOpportunity, result.opportunity);
  write_money_outcome(json, kAmount, result.amount);
  write_share_outcome(json, kWon, result.won);
  write_money_outcome(json, kWonAmount, result.won_amount);
  json.end_array().key("times").begin_array();
  write_time_outcome(json, kTimeToOpportunity, result.to_opportunity);
  write_time_outcome(json, kTimeToWon, result.to_won);
  json.end_array();
  write_parts(json, "tiers", result.tiers);
  write_parts(json, "segments", result.segments);
  json.key("segments_left_out").number(result.segments_left_out);
  json.key("not_adjusted").string_or_null(result.adjust_lacks);
  write_deals(json, "deals", result.deals);
  write_log_rank(json, result.velocity);
  write_retention(json, result.retention);
  json.end_object();
}

void write_unmatched(Json& json, const connect::OpportunitySet& set) {
  json.key("unmatched").begin_array();
  for (const connect::UnmatchedCompany& company : set.unmatched) {
    json.begin_object().key("company").string(company.company).key("told_by").string(company.told_by);
    json.key("opportunities").number(company.opportunities).key("amount").number(company.amount);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

void write_outcomes(JsonWriter<std::string>& json, const Outcomes& outcomes) {
  const connect::OpportunitySet& set = outcomes.set;
  json.begin_object().key("window_days").number(outcomes.settings.window_days).key("window_declared");
  json.boolean(outcomes.settings.window_declared).key("currency").string_or_null(set.currency);
  write_time(json, "known_until", set.as_of_ms);
  write_time(json, "since", outcomes.since_ms);
  json.key("since_from").string_or_null(outcomes.since_from).key("winsorise");
  write_optional(json, outcomes.settings.winsorise);
  json.key("adjust").string_or_null(kAdjustNames[static_cast<size_t>(outcomes.settings.adjust)]);
  json.key("primary").string_or_null(outcomes.primary).key("sources").begin_array();
  for (const std::string& source : set.sources) json.string(source);
  json.end_array().key("reading").begin_array();
  for (const std::string& remark : set.remarks) json.string(remark);
  json.end_array().key("opportunities").number(set.opportunities.size()).key("matched").begin_object();
  json.key("id").number(set.matched_by_id).key("crm_id").number(set.matched_by_crm_id);
  json.key("domain").number(set.matched_by_domain).end_object();
  write_unmatched(json, set);
  json.key("questions").begin_array();
  for (const QuestionResult* const result : {&outcomes.came, &outcomes.listed})
    write_question(json, outcomes, *result);
  json.end_array();
  write_deals(json, "named_against_not_named", outcomes.by_list);
  json.end_object();
}

}  // namespace abm::measure
