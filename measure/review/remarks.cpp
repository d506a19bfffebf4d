#include "measure/review/remarks.h"

#include <fmt/format.h>

namespace abm::measure {
namespace {

constexpr std::string_view kReadMore = "`abmctl engagement --fold` reads what is new";

std::string week_remark(const ReviewDays& days) {
  if (days.over) return "";
  if (days.count() == 7) return "The week is not over: its last day is today.";
  if (days.count() == 1) return fmt::format("The week has only begun: this is {}.", to_string(days.until));
  return fmt::format("The week is not over: these are its first {} days, up to {}.", days.count(),
                     to_string(days.until));
}

std::string visits_remark(const ReviewDays& days, const WeekFacts& facts) {
  if (!facts.visits_from.has_value())
    return fmt::format("No visit of these days or of any day before is known: {}.", kReadMore);
  if (*facts.visits_until <= days.before)
    return fmt::format("No visit of these days is known, the latest is of {}: {}.",
                       to_string(*facts.visits_until), kReadMore);
  if (*facts.visits_from > days.before)
    return fmt::format(
        "Visits are known from {} on: there is no week before to compare with, and everybody who came is new.",
        to_string(*facts.visits_from));
  if (*facts.visits_from > days.before - 6)
    return fmt::format("Visits are known from {} on: the seven days before are not complete.",
                       to_string(*facts.visits_from));
  return "";
}

std::string list_remark(const ReviewDays& days, const WeekFacts& facts, const ReviewCoverage& all) {
  if (!facts.list_from.has_value())
    return fmt::format("The account list has not been noted on any day: {}.", kReadMore);
  if (*facts.list_from > days.before)
    return fmt::format(
        "The account list has been noted since {}: for the days before, it is taken to have said the same, and who "
        "is new on it is not known.",
        to_string(*facts.list_from));
  return all.listed == 0 ? "No account is on the list." : "";
}

}  // namespace

std::vector<std::string> review_remarks(const ReviewDays& days, const WeekFacts& facts,
                                        const ReviewCoverage& all) {
  std::vector<std::string> remarks;
  for (std::string remark : {week_remark(days), visits_remark(days, facts), list_remark(days, facts, all)}) {
    if (!remark.empty()) remarks.push_back(std::move(remark));
  }
  return remarks;
}

}  // namespace abm::measure
