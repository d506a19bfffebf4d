// What a reader must know before figures of pipeline are believed.
#include <algorithm>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "measure/report/html.h"
#include "measure/report/money_text.h"
#include "measure/report/outcome_words.h"

namespace abm::measure {
namespace {

constexpr size_t kNamedCompanies = 5;

std::string unmatched_remark(const connect::OpportunitySet& set) {
  uint64_t opportunities = 0;
  double amount = 0;
  for (const connect::UnmatchedCompany& company : set.unmatched) {
    opportunities += company.opportunities;
    amount += company.amount;
  }
  if (opportunities == 0) return {};
  std::string named;
  for (size_t i = 0; i < std::min(set.unmatched.size(), kNamedCompanies); ++i) {
    const connect::UnmatchedCompany& company = set.unmatched[i];
    named += fmt::format("{}{} ({}, {})", i == 0 ? "" : ", ", company.company,
                         company.told_by.empty() ? "nothing tells whose they are" : company.told_by,
                         company.opportunities);
  }
  if (set.unmatched.size() > kNamedCompanies)
    named += fmt::format(", and {} more", set.unmatched.size() - kNamedCompanies);
  const auto all = static_cast<int64_t>(set.opportunities.size());
  return fmt::format("{} of {} ({}) belong{} to no account on the list, and {} in no comparison: {}.",
                     grouped(static_cast<int64_t>(opportunities)),
                     all == 1 ? "1 opportunity" : grouped(all) + " opportunities",
                     money_text(set.currency, amount), opportunities == 1 ? "s" : "",
                     opportunities == 1 ? "is" : "are", named);
}

void remark_on_question(const QuestionResult& result, std::vector<std::string>& remarks) {
  const std::string_view whose =
      result.question == Question::kCame ? "accounts that came" : "listed accounts";
  if (!result.lacks.empty()) {
    remarks.push_back(fmt::format("Pipeline of {} is not compared: {}.", whose, result.lacks));
    return;
  }
  if (const uint64_t late = result.treated.not_followed + result.kept_back.not_followed; late > 0) {
    remarks.push_back(fmt::format(
        "{} came after the last day that the opportunities know of, and {} in no figure about pipeline: export them again.",
        counted(static_cast<int64_t>(late), "account"), late == 1 ? "is" : "are"));
  }
  if (const uint64_t same = result.treated.same_day + result.kept_back.same_day; same > 0) {
    remarks.push_back(fmt::format(
        "{} created on the very day on which the clock of its account started, without a time of day: {} from "
        "before ({}).",
        same == 1 ? "1 opportunity was" : grouped(static_cast<int64_t>(same)) + " opportunities were",
        same == 1 ? "it is taken to be" : "they are taken to be", whose));
  }
  if (!result.adjust_lacks.empty())
    remarks.push_back(fmt::format("Pipeline of {} is not adjusted by what was there before: {}.", whose,
                                  result.adjust_lacks));
}

/// One sentence for both questions; "" if every opportunity that counts states its amount.
std::string without_amount_remark(const Outcomes& outcomes) {
  std::string named;
  uint64_t all = 0;
  for (const QuestionResult* const result : {&outcomes.came, &outcomes.listed}) {
    const uint64_t none = result->treated.without_amount + result->kept_back.without_amount;
    if (none == 0 || !result->lacks.empty()) continue;
    all += none;
    named += fmt::format("{}{} of {}", named.empty() ? "" : ", ", grouped(static_cast<int64_t>(none)),
                         result->question == Question::kCame ? "accounts that came" : "listed accounts");
  }
  if (all == 0) return {};
  return fmt::format(
      "Opportunities that count without stating an amount: {}. They stand for 0 in amounts, and count as opportunities.",
      named);
}

}  // namespace

std::vector<std::string> outcome_remarks(const Outcomes& outcomes) {
  std::vector<std::string> remarks;
  if (!outcomes.settings.window_declared) {
    remarks.push_back(fmt::format(
        "How long an opportunity counts was not declared: {} days from an account's start are assumed. Write "
        "outcomes: {{ window: {}d }} into site.yaml before you look.",
        outcomes.settings.window_days, outcomes.settings.window_days));
  }
  if (std::string remark = unmatched_remark(outcomes.set); !remark.empty())
    remarks.push_back(std::move(remark));
  if (outcomes.known_before > 0 && outcomes.came.lacks.empty()) {
    remarks.push_back(fmt::format(
        "{} of {} that came had been there before {}, too: {} clock starts with the first visit since then (--from), and "
        "what began before it is no outcome.",
        grouped(static_cast<int64_t>(outcomes.known_before)),
        counted(static_cast<int64_t>(outcomes.came.accounts.size()), "account"),
        format_rfc3339(outcomes.from_ms.value_or(0) / 1000).substr(0, 10),
        outcomes.known_before == 1 ? "its" : "their"));
  }
  for (const QuestionResult* const result : {&outcomes.came, &outcomes.listed})
    remark_on_question(*result, remarks);
  if (std::string remark = without_amount_remark(outcomes); !remark.empty())
    remarks.push_back(std::move(remark));
  if (outcomes.set.currency.empty() && !outcomes.set.opportunities.empty())
    remarks.emplace_back(
        "The opportunities state no currency: outcomes: { currency: EUR } in site.yaml says it.");
  return remarks;
}

}  // namespace abm::measure
