#include "measure/report/outcome_words.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "measure/report/html.h"
#include "measure/report/money_text.h"

namespace abm::measure {
namespace {

constexpr double kLevel = 0.05;
constexpr std::string_view kNotEnough = "Not enough data";  // begins a sentence that goes on

int64_t whole(uint64_t count) noexcept {
  return static_cast<int64_t>(count);
}

/// What a test says: nothing, more or less in the treated arm, or so but for its being one of several.
enum class Finding : uint8_t { kNone, kMore, kFewer, kMaybeMore, kMaybeFewer };

bool includes_zero(const Interval& interval) noexcept {
  return interval.low <= 0 && interval.high >= 0;
}

Finding finding_of(double estimate, bool may_be_zero, double p,
                   const std::optional<double>& adjusted_p) noexcept {
  if (may_be_zero || p >= kLevel) return Finding::kNone;
  const bool maybe = adjusted_p.value_or(0) >= kLevel;
  if (estimate > 0) return maybe ? Finding::kMaybeMore : Finding::kMore;
  return maybe ? Finding::kMaybeFewer : Finding::kFewer;
}

Finding finding_of(const Comparison& comparison) noexcept {
  if (!comparison.difference.has_value()) return Finding::kNone;
  return finding_of(comparison.difference->estimate, includes_zero(comparison.difference->interval),
                    comparison.difference->p, comparison.adjusted_p);
}

/// Test and interval of money are of two kinds; both have to say so.
Finding finding_of(const MoneyComparison& comparison) noexcept {
  if (!comparison.difference.has_value()) return Finding::kNone;
  const bool may_be_zero =
      comparison.interval_lacks.empty() && includes_zero(comparison.difference->interval);
  return finding_of(comparison.difference->estimate, may_be_zero, comparison.difference->p,
                    comparison.adjusted_p);
}

std::string p_text(double p, const std::optional<double>& adjusted_p) {
  if (!adjusted_p.has_value()) return p_equation(p);
  return fmt::format("{}; adjusted for several comparisons, {}", p_equation(p), p_equation(*adjusted_p));
}

/// What an answer is about: opportunities, or deals won.
struct Subject {
  const ShareOutcome& share;
  const MoneyOutcome& money;
  std::string_view thing;        ///< "opportunities"
  std::string_view one;          ///< "an opportunity"
  std::string_view amount;       ///< "pipeline"
  std::string_view that_counts;  ///< after "an opportunity within …": which of them

  /// At the beginning of a sentence.
  [[nodiscard]] std::string_view money_name() const noexcept {
    return amount == "pipeline" ? "Pipeline" : "Amount won";
  }
};

Subject subject_of(const QuestionResult& result) {
  if (result.won.is_primary || result.won_amount.is_primary)
    return {result.won, result.won_amount, "deals won", "a deal won", "amount won", " that was won"};
  return {result.opportunity, result.amount, "opportunities", "an opportunity", "pipeline", ""};
}

/// What the headline says: of the outcome that was declared to be the primary one, nothing but that.
std::pair<Finding, Finding> leading(const Subject& subject, Finding share, Finding money) noexcept {
  if (subject.share.is_primary) money = Finding::kNone;
  if (subject.money.is_primary) share = Finding::kNone;
  return {share, money};
}

std::string headline_of(const Subject& subject, Finding share, Finding money) {
  const auto is = [&](Finding finding) { return share == finding || money == finding; };
  const bool both = share == money;
  if (is(Finding::kMore) && (is(Finding::kFewer)))
    return "More of one and less of the other with personalization";
  if (is(Finding::kMore))
    return both ? fmt::format("More {} and more {} with personalization", subject.thing, subject.amount)
           : share == Finding::kMore ? fmt::format("More accounts had {} with personalization", subject.one)
                                     : fmt::format("More {} with personalization", subject.amount);
  if (is(Finding::kFewer))
    return both ? fmt::format("Fewer {} and less {} with personalization", subject.thing, subject.amount)
           : share == Finding::kFewer ? fmt::format("Fewer accounts had {} with personalization", subject.one)
                                      : fmt::format("Less {} with personalization", subject.amount);
  constexpr std::string_view kChance = ", but that may be chance";
  if (share == Finding::kMaybeMore || share == Finding::kMaybeFewer) {
    return fmt::format("{} accounts had {} with personalization{}",
                       share == Finding::kMaybeMore ? "More" : "Fewer", subject.one, kChance);
  }
  if (money == Finding::kMaybeMore || money == Finding::kMaybeFewer) {
    return fmt::format("{} {} with personalization{}", money == Finding::kMaybeMore ? "More" : "Less",
                       subject.amount, kChance);
  }
  return "No difference can be shown";
}

/// "Of 900 accounts with personalization, 47 (5.2%) had an opportunity within …; of 100 without, 3 (3.0%)."
std::string shares_sentence(const Outcomes& outcomes, const QuestionResult& result, const Subject& subject) {
  const Comparison& share = subject.share.comparison;
  const bool came = result.question == Question::kCame;
  const std::string treated =
      came ? counted(whole(share.treated.accounts), "account") + " with personalization"
           : counted(whole(share.treated.accounts), "listed account") +
                 " that personalization was for, whether they came or not";
  return fmt::format("Of {}, {} ({}) had an opportunity {}{}; of {} {}, {} ({})", treated,
                     grouped(whole(share.treated.hits)), percent(share.treated.rate()),
                     window_text(outcomes, result.question), subject.that_counts,
                     grouped(whole(share.kept_back.accounts)), came ? "without" : "kept back",
                     grouped(whole(share.kept_back.hits)), percent(share.kept_back.rate()));
}

/// "EUR 4.0 million", "EUR 369,000": sums over all accounts, as exact as they are.
std::string about_money(const std::string& currency, double amount) {
  const double size = std::fabs(amount);
  if (size >= 999'500) return fmt::format("{} {:.1f} million", currency, amount / 1e6);
  const double step = size >= 9'995 ? 1'000 : size >= 995 ? 100 : 1;
  return money_text(currency, std::round(amount / step) * step);
}

std::string money_sentence(const Outcomes& outcomes, const Subject& subject) {
  const MoneyComparison& money = subject.money.comparison;
  const std::string& currency = outcomes.set.currency;
  if (!money.difference.has_value())
    return fmt::format(" Of the amounts, there is not enough data to say anything: {}.", money.lacks);
  const MeanDifference& difference = *money.difference;
  const bool has_interval = money.interval_lacks.empty();
  const std::string interval = has_interval ? "95% interval: " + money_range(currency, difference.interval)
                                            : "no interval: " + money.interval_lacks;
  const std::string certainty = interval + "; " + p_text(difference.p, money.adjusted_p);
  const Finding finding = finding_of(money);
  if (finding != Finding::kMore && finding != Finding::kFewer) {
    return fmt::format(" {} per account is {} with and {} without; the difference of {} may be chance ({}).",
                       subject.money_name(), money_text(currency, money.treated.mean),
                       money_text(currency, money.kept_back.mean), money_text(currency, difference.estimate),
                       certainty);
  }
  std::string text =
      fmt::format(" That is {} {} {} per account ({})", money_text(currency, std::fabs(difference.estimate)),
                  finding == Finding::kMore ? "more" : "less", subject.amount, certainty);
  if (!has_interval) return text + ".";
  // A sum over all accounts is no surer than the mean: it stands with its range, or not at all.
  const auto accounts = static_cast<double>(money.treated.n);
  const double low = std::min(std::fabs(difference.interval.low), std::fabs(difference.interval.high));
  const double high = std::max(std::fabs(difference.interval.low), std::fabs(difference.interval.high));
  return text + fmt::format(", over {} about {} (between {} and {}).",
                            counted(whole(money.treated.n), "account"),
                            about_money(currency, std::fabs(difference.estimate) * accounts),
                            about_money(currency, low * accounts), about_money(currency, high * accounts));
}

/// Ends the sentence of the shares.
std::string share_test(const Comparison& share) {
  if (!share.difference.has_value())
    return fmt::format(". That is not enough data to compare the shares: {}.", share.lacks);
  const Difference& difference = *share.difference;
  return fmt::format(": a difference of {} percentage points (95% interval {}; {}).",
                     points(difference.estimate), range_points(difference.interval),
                     p_text(difference.p, share.adjusted_p));
}

std::string progress_sentence(const Outcomes& outcomes, const QuestionResult& result) {
  const uint64_t over = result.treated.windows_over + result.kept_back.windows_over;
  const uint64_t all = result.treated.accounts + result.kept_back.accounts;
  if (over == all) return {};
  return fmt::format(" The {} days are over for {} of {}: more may come.", outcomes.settings.window_days,
                     grouped(whole(over)), counted(whole(all), "account"));
}

}  // namespace

std::string said(const OutcomeAnswer& answer) {
  return answer.headline + (answer.headline == kNotEnough ? " " : ": ") + answer.text;
}

std::string window_text(const Outcomes& outcomes, Question question) {
  const std::string days = counted(outcomes.settings.window_days, "day");
  const auto date = [](int64_t ms) { return format_rfc3339(ms / 1000).substr(0, 10); };
  if (question == Question::kListed)
    return fmt::format("within {} of {}", days, date(outcomes.since_ms.value_or(0)));
  return fmt::format("within {} of their first visit{}", days,
                     outcomes.from_ms.has_value() ? " since " + date(*outcomes.from_ms) : "");
}

OutcomeAnswer answer_of(const Outcomes& outcomes, const QuestionResult& result) {
  OutcomeAnswer answer;
  if (!result.lacks.empty()) {
    answer.headline = "Not answered";
    answer.text = result.lacks + ".";
    return answer;
  }
  const Subject subject = subject_of(result);
  const Comparison& share = subject.share.comparison;
  const MoneyComparison& money = subject.money.comparison;
  const std::string facts = shares_sentence(outcomes, result, subject);
  if (result.is_off) {
    answer.headline = "Not judged";
    answer.text = "the arms are not as planned (the top of the page says more). " + facts + ".";
    return answer;
  }
  if (!share.difference.has_value() && !money.difference.has_value()) {
    answer.headline = kNotEnough;
    answer.text = fmt::format("to say whether personalization {}: {}. {}.{}",
                              subject.that_counts.empty() ? "created pipeline" : "won deals", share.lacks,
                              facts, progress_sentence(outcomes, result));
    return answer;
  }
  const auto [of_share, of_money] = leading(subject, finding_of(share), finding_of(money));
  answer.headline = headline_of(subject, of_share, of_money);
  const auto is_sure = [](Finding finding) {
    return finding == Finding::kMore || finding == Finding::kFewer;
  };
  answer.kind = is_sure(of_share) || is_sure(of_money) ? OutcomeAnswer::Kind::kEffect
                                                       : OutcomeAnswer::Kind::kNothingShown;
  answer.text = facts + share_test(share) + money_sentence(outcomes, subject);
  if (answer.kind == OutcomeAnswer::Kind::kNothingShown && share.difference.has_value()) {
    answer.text += fmt::format(
        " With this many accounts, four out of five experiments would have found a true difference of {} points.",
        points(share.detectable));
  }
  answer.text += progress_sentence(outcomes, result);
  return answer;
}

}  // namespace abm::measure
