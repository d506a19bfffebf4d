#include "rules/read/values.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/text.h"
#include "rules/lint_codes.h"

namespace abm::rules {
namespace {

const std::vector<std::string>* known_values(const Vocabulary& vocabulary, Subject subject) noexcept {
  switch (subject) {
    case Subject::kAccount:
    case Subject::kParent:
      return &vocabulary.accounts;
    case Subject::kIndustry:
      return &vocabulary.industries;
    case Subject::kCountry:
      return &vocabulary.countries;
    case Subject::kRegion:
      return &vocabulary.regions;
    case Subject::kStage:
      return &vocabulary.stages;
    case Subject::kPlay:
      return &vocabulary.plays;
    case Subject::kOwner:
      return &vocabulary.owners;
    default:
      return nullptr;
  }
}

std::string nearest_of(std::string_view word, const std::vector<std::string>& known) {
  const std::vector<std::string_view> views(known.begin(), known.end());
  return did_you_mean(word, views);
}

bool has(const std::vector<std::string>& sorted, std::string_view word) {
  return std::binary_search(sorted.begin(), sorted.end(), word, std::less<>());
}

}  // namespace

ValueCheck::ValueCheck(const Vocabulary* vocabulary, const std::set<std::string>& defined_segments)
    : vocabulary_(vocabulary) {
  for (const std::string& name : defined_segments) segments_.push_back(folded(name));
  if (vocabulary != nullptr) {
    segments_.insert(segments_.end(), vocabulary->segments.begin(), vocabulary->segments.end());
  }
  std::sort(segments_.begin(), segments_.end());
}

void ValueCheck::test_value(Checker& check, Subject subject, std::string_view value, Position at) const {
  if (subject == Subject::kSegment) {
    if (has(segments_, value)) return;
    const std::string nearest = nearest_of(value, segments_);
    // Without a feed any name may be one of its segments; only a near miss of a
    // defined one is worth reporting.
    if (vocabulary_ == nullptr && nearest.empty()) return;
    check.warning(
        at, kLintUnknownValue,
        fmt::format("segment {} is neither defined here nor in the feed{}", yaml::in_quotes(value), nearest));
    return;
  }
  if (vocabulary_ == nullptr) return;
  const std::vector<std::string>* known = known_values(*vocabulary_, subject);
  if (known == nullptr || has(*known, value)) return;
  const bool account = subject == Subject::kAccount;
  check.warning(
      at, account ? kLintUnknownAccount : kLintUnknownValue,
      account ? fmt::format("the feed has no account {}{}", yaml::in_quotes(value), nearest_of(value, *known))
              : fmt::format("no account of the feed has {} {}{}", subject_name(subject),
                            yaml::in_quotes(value), nearest_of(value, *known)));
}

void ValueCheck::attribute_name(Checker& check, std::string_view name, Position at) const {
  if (vocabulary_ == nullptr || has(vocabulary_->attribute_names, folded(name))) return;
  check.warning(at, kLintUnknownValue,
                fmt::format("no account of the feed has an attribute {}{}", yaml::in_quotes(name),
                            nearest_of(name, vocabulary_->attribute_names)));
}

}  // namespace abm::rules
