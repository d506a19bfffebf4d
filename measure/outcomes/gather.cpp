// Who is followed, since when, and what became of them.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "measure/outcomes/assigned_accounts.h"
#include "measure/outcomes/follow.h"
#include "measure/outcomes/outcomes.h"

namespace abm::measure {
namespace {

using generation::AdjustBy;

void add_up(QuestionResult& result) {
  for (const OutcomeAccount& account : result.accounts) {
    ArmTotals& arm = account.control ? result.kept_back : result.treated;
    ++arm.accounts;
    arm.windows_over += account.window_over ? 1 : 0;
    arm.opportunities += account.opportunities;
    arm.expansions += account.expansions;
    arm.won += account.won;
    arm.lost += account.lost;
    arm.amount += account.amount;
    arm.expansion_amount += account.expansion_amount;
    arm.won_amount += account.won_amount;
    arm.without_amount += account.without_amount;
    arm.with_before += account.before > 0 ? 1 : 0;
    arm.before += account.before;
    arm.same_day += account.same_day;
    arm.amount_before += account.amount_before;
    arm.after += account.after;
    result.changed += account.changed ? 1 : 0;
  }
}

/// Why nobody of the list is followed; "" if that is not because of the day on which they start.
std::string start_lacks(const Outcomes& outcomes, int64_t now_ms) {
  if (!outcomes.since_ms.has_value() || *outcomes.since_ms < outcomes.set.as_of_ms) return {};
  const std::string start = format_rfc3339(*outcomes.since_ms / 1000);
  if (now_ms != 0 && *outcomes.since_ms > now_ms)
    return fmt::format(
        "they are compared since {} ({}), which is to come: there is nothing to compare before", start,
        outcomes.since_from);
  return fmt::format(
      "they are compared since {} ({}), and the exports reach until {}: export the opportunities again",
      start, outcomes.since_from, format_rfc3339(outcomes.set.as_of_ms / 1000));
}

/// Of accounts that nobody has followed yet, nothing is known: they are no accounts without an opportunity.
void leave_out_latest(QuestionResult& result, int64_t as_of_ms) {
  std::erase_if(result.accounts, [&](const OutcomeAccount& account) {
    const bool latest = account.since_ms >= as_of_ms;
    if (latest) ++(account.control ? result.kept_back : result.treated).not_followed;
    return latest;
  });
}

void decide_since(Outcomes& outcomes, const OutcomesRequest& request) {
  if (request.settings.since.has_value()) {
    outcomes.since_ms = *request.settings.since * 1000;
    outcomes.since_from = "outcomes: since";
  } else if (request.from_ms.has_value()) {
    outcomes.since_ms = request.from_ms;
    outcomes.since_from = "--from";
  } else if (request.primary.has_value()) {
    outcomes.since_ms = request.primary->since * 1000;
    outcomes.since_from = "primary: since";
  }
}

std::string listed_lacks(const Outcomes& outcomes, const std::vector<ListedAccount>* listed) {
  if (listed == nullptr)
    return "there is no account list: name the published site (--site), whose rules say who is in which arm";
  const bool arms_known = std::any_of(listed->begin(), listed->end(),
                                      [](const ListedAccount& account) { return !account.arm.empty(); });
  if (!arms_known) {
    return "the arms of listed accounts are not known, since a feed does not tell them: name the published site "
           "(--site) in place of --accounts";
  }
  if (outcomes.since_ms.has_value()) return {};
  return "nothing says since when they are compared: write outcomes: { since: 2026-11-01 } into site.yaml, with the day "
         "on which the control group was first kept back, or name the day with --from";
}

Result<void> look_before(Database& database, const Outcomes& outcomes, QuestionResult& result) {
  if (outcomes.settings.adjust != AdjustBy::kVisitsBefore) return {};
  if (result.question == Question::kCame) {
    result.adjust_lacks =
        "adjust: visits-before is for listed accounts: those that came are counted from their first visit on";
    return {};
  }
  const auto earlier = control_was_kept_back_before(database, *outcomes.since_ms);
  if (!earlier) return earlier.error();
  if (*earlier) {
    result.adjust_lacks =
        "a control group was kept back before these accounts are counted, so that personalization had a part in their "
        "visits from before: let 'outcomes: since' be the day on which it was kept back first";
    return {};
  }
  return count_visits_before(database, result.accounts);
}

Result<void> finish(Database& database, Outcomes& outcomes, QuestionResult& result, int64_t now_ms) {
  if (!result.lacks.empty()) return {};
  leave_out_latest(result, outcomes.set.as_of_ms);
  if (result.accounts.empty()) {
    if (result.question == Question::kListed) result.lacks = start_lacks(outcomes, now_ms);
    if (result.lacks.empty())
      result.lacks =
          "every account starts after the last day that the opportunities know of: export them again";
    return {};
  }
  follow(result.accounts, outcomes.set, outcomes.settings.window_days);
  add_up(result);
  return look_before(database, outcomes, result);
}

}  // namespace

std::string_view to_string(Question question) noexcept {
  return question == Question::kCame ? "came" : "listed";
}

Result<Outcomes> gather_outcomes(Database& database, OutcomesRequest request) {
  Outcomes outcomes;
  outcomes.settings = request.settings;
  outcomes.set = std::move(request.set);
  if (request.primary.has_value()) outcomes.primary = request.primary->outcome;
  outcomes.came.question = Question::kCame;
  outcomes.listed.question = Question::kListed;
  outcomes.from_ms = request.from_ms;
  decide_since(outcomes, request);
  auto came = accounts_that_came(database, request.listed);
  if (!came) return came.error();
  outcomes.came.accounts = std::move(*came);
  if (outcomes.from_ms.has_value()) {
    auto known = count_known_before(database, outcomes.came.accounts, *outcomes.from_ms);
    if (!known) return known.error();
    outcomes.known_before = *known;
  }
  outcomes.listed.lacks =
      request.listed_lacks.empty() ? listed_lacks(outcomes, request.listed) : request.listed_lacks;
  if (outcomes.listed.lacks.empty())
    outcomes.listed.accounts = listed_accounts(*request.listed, *outcomes.since_ms);
  if (outcomes.came.accounts.empty()) outcomes.came.lacks = "no account with an arm was seen in this period";
  if (outcomes.set.opportunities.empty())
    outcomes.came.lacks = outcomes.listed.lacks =
        outcomes.set.rows == 0
            ? std::string("the exports hold no opportunity")
            : fmt::format(
                  "of {} row{} of the exports none is an opportunity that counts: the remarks on how they were "
                  "read say why",
                  outcomes.set.rows, outcomes.set.rows == 1 ? "" : "s");
  for (QuestionResult* const result : {&outcomes.came, &outcomes.listed}) {
    if (!result->lacks.empty()) result->accounts.clear();
    if (auto done = finish(database, outcomes, *result, request.now_ms); !done) return done.error();
  }
  if (request.listed != nullptr) outcomes.by_list = deals_by_list(*request.listed, outcomes.set);
  return outcomes;
}

}  // namespace abm::measure
