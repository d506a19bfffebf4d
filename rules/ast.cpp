// The names of test subjects, and how specific a condition is.
#include "rules/ast.h"

#include <algorithm>
#include <array>

namespace abm::rules {
namespace {

constexpr std::array<std::string_view, kSubjects> kSubjectNames = {
    "account",    "tier",       "segment",    "industry",   "country",         "region",   "stage",
    "play",       "owner",      "parent",     "employees",  "revenue_usd",     "intent",   "engagement",
    "confidence", "attributes", "host",       "path",       "query",           "language", "visits_7d",
    "visits_30d", "people_7d",  "people_30d", "quiet_days", "first_seen_days", "visited"};

Specificity specificity_of(Subject subject) noexcept {
  switch (subject) {
    case Subject::kAccount:
      return Specificity::kAccount;
    case Subject::kSegment:
    case Subject::kIndustry:
      return Specificity::kGroup;
    case Subject::kTier:
      return Specificity::kTier;
    default:
      return Specificity::kNone;
  }
}

}  // namespace

std::string_view subject_name(Subject subject) noexcept {
  return kSubjectNames[static_cast<size_t>(subject)];
}

Specificity specificity(const Condition& when) noexcept {
  if (when.kind == Condition::Kind::kNot) return Specificity::kNone;
  if (when.kind == Condition::Kind::kTest) return specificity_of(when.test.subject);
  Specificity most = Specificity::kNone;
  for (const Condition& child : when.children) most = std::max(most, specificity(child));
  return most;
}

}  // namespace abm::rules
