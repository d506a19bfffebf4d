// A field that the account or page lacks is an empty text here, and an empty text passes no test. Hosts and
// language tags are ASCII (RFC 5890 2.3.2.1, RFC 5646 2.1.1); everything else is text that people wrote.
#include "rules/match/evaluate.h"

#include <algorithm>
#include <array>
#include <bitset>

#include "base/folding.h"
#include "base/text.h"
#include "rules/program/glob_match.h"

namespace abm::rules {
namespace {

using accounts::TextField;

/// Orders like std::string_view, with ASCII letters of `text` in lower case.
int compare_lower(std::string_view lower, std::string_view text) noexcept {
  const size_t common = std::min(lower.size(), text.size());
  for (size_t i = 0; i < common; ++i) {
    const auto a = static_cast<unsigned char>(lower[i]), b = static_cast<unsigned char>(ascii_lower(text[i]));
    if (a != b) return a < b ? -1 : 1;
  }
  return lower.size() == text.size() ? 0 : lower.size() < text.size() ? -1 : 1;
}

}  // namespace

std::string_view Evaluator::account_text(const format::Test& test) const noexcept {
  const accounts::AccountView& account = *visit_.account;
  switch (static_cast<Subject>(test.subject)) {
    case Subject::kAccount:
      return account.text(TextField::kId);
    case Subject::kIndustry:
      return account.text(TextField::kIndustry);
    case Subject::kCountry:
      return account.text(TextField::kCountry);
    case Subject::kRegion:
      return account.text(TextField::kRegion);
    case Subject::kStage:
      return account.text(TextField::kStage);
    case Subject::kPlay:
      return account.text(TextField::kPlay);
    case Subject::kOwner:
      return account.text(TextField::kOwner);
    case Subject::kParent:
      return account.text(TextField::kParent);
    case Subject::kAttribute:
      return account.attribute(t_[test.name]);
    default:
      return {};
  }
}

std::optional<int64_t> Evaluator::account_number(Subject subject) const noexcept {
  const std::optional<accounts::NumberField> field = number_field(subject);
  return field ? visit_.account->number(*field) : std::nullopt;
}

bool Evaluator::among(format::Range values, std::string_view text) const noexcept {
  FoldBuffer buffer;
  return among_folded(values, fold_beyond_ascii(text, buffer));
}

bool Evaluator::among_folded(format::Range values, std::string_view text) const noexcept {
  uint32_t low = values.begin, high = values.begin + values.count;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    const int order = compare_lower(t_[t_.values[middle]], text);
    if (order == 0) return true;
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return false;
}

bool Evaluator::segment(const format::Test& test) const noexcept {
  const uint32_t count = visit_.account->segment_count();
  for (uint32_t i = 0; i < count; ++i) {
    if (among(test.values, visit_.account->segment(i))) return true;
  }
  for (const uint32_t defined : t_.refs.subspan(test.segments.begin, test.segments.count)) {
    if (holds(t_.segments[defined].tests)) return true;
  }
  return false;
}

bool Evaluator::number(const format::Test& test) const noexcept {
  const std::optional<int64_t> value = account_number(static_cast<Subject>(test.subject));
  if (!value) return false;
  const auto numbers = t_.numbers.subspan(test.values.begin, test.values.count);
  if (std::find(numbers.begin(), numbers.end(), *value) != numbers.end()) return true;
  if (test.has_min == 0 && test.has_max == 0) return false;
  return (test.has_min == 0 || test.min <= *value) && (test.has_max == 0 || *value <= test.max);
}

bool Evaluator::path(const format::Test& test) const noexcept {
  const auto globs = t_.globs.subspan(test.values.begin, test.values.count);
  return std::any_of(globs.begin(), globs.end(), [this](const format::Glob& glob) {
    return glob_matches(t_[glob.text], glob.prefix, glob.suffix, glob.kind, page_.folded_path());
  });
}

std::optional<accounts::VisitedPageView> Evaluator::visited_page(const format::Test& test) const noexcept {
  const accounts::VisitedPageViews pages = visit_.account->pages();
  const auto globs = t_.globs.subspan(test.values.begin, test.values.count);
  // The latest come first.
  for (uint32_t i = 0; i < pages.size() && pages[i].days <= test.max; ++i) {
    FoldBuffer buffer;
    const std::string_view path = fold_beyond_ascii(pages[i].path, buffer);
    for (const format::Glob& glob : globs) {
      if (glob_matches(t_[glob.text], glob.prefix, glob.suffix, glob.kind, path)) return pages[i];
    }
  }
  return std::nullopt;
}

bool Evaluator::query(const format::Test& test) const noexcept {
  const std::optional<std::string_view> raw = page_.query(t_[test.name]);
  if (!raw) return false;
  std::array<char, kMaxQueryValue> buffer;
  const std::optional<std::string_view> value = decode_query(*raw, buffer);
  return value && among(test.values, *value);
}

bool Evaluator::test(const format::Test& test) const noexcept {
  switch (static_cast<Subject>(test.subject)) {
    case Subject::kTier:
      return (test.tiers >> static_cast<unsigned>(visit_.account->tier()) & 1) != 0;
    case Subject::kSegment:
      return segment(test);
    case Subject::kEmployees:
    case Subject::kRevenueUsd:
    case Subject::kIntent:
    case Subject::kEngagement:
    case Subject::kVisits7d:
    case Subject::kVisits30d:
    case Subject::kPeople7d:
    case Subject::kPeople30d:
    case Subject::kQuietDays:
    case Subject::kFirstSeenDays:
      return number(test);
    case Subject::kVisited:
      return visited_page(test).has_value();
    case Subject::kConfidence:
      return static_cast<uint8_t>(visit_.confidence) >= test.confidence;
    case Subject::kPath:
      return path(test);
    case Subject::kQuery:
      return query(test);
    case Subject::kHost:
      return !page_.host().empty() && among_folded(test.values, page_.host());
    case Subject::kLanguage: {
      const std::string_view tag = page_.language();
      return !tag.empty() &&
             (among_folded(test.values, primary_subtag(tag)) || among_folded(test.values, tag));
    }
    default: {
      const std::string_view text = account_text(test);
      return !text.empty() && among(test.values, text);
    }
  }
}

std::optional<uint32_t> Evaluator::rejecting_test(format::Range tests) const noexcept {
  uint32_t at = 0;
  while (at < tests.count) {
    const format::Test& now = t_.tests[tests.begin + at];
    const uint32_t next = test(now) ? now.yes : now.no;
    if (next == format::kReject) return tests.begin + at;
    at = next;
  }
  return std::nullopt;
}

bool Evaluator::may_hold_on_some_page(format::Range tests) const noexcept {
  if (tests.count == 0 || tests.count > kMaxTraced) return true;
  std::bitset<kMaxTraced> reachable;
  reachable[0] = true;
  for (uint32_t at = 0; at < tests.count; ++at) {
    if (!reachable[at]) continue;
    const format::Test& now = t_.tests[tests.begin + at];
    const bool open = is_page_subject(static_cast<Subject>(now.subject));
    const bool outcome = !open && test(now);
    for (const uint32_t next : {now.yes, now.no}) {
      if (!open && next != (outcome ? now.yes : now.no)) continue;
      if (next == format::kAccept) return true;
      if (next < tests.count) reachable[next] = true;
    }
  }
  return false;
}

}  // namespace abm::rules
