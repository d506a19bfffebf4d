#include "rules/lint/feed_match.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/folding.h"
#include "base/hash.h"

namespace abm::rules {
namespace {

using accounts::AccountView;
using accounts::TextField;

/// Fields whose values are indexed: those that marketers narrow by.
constexpr auto kIndexed = std::to_array<std::pair<Subject, TextField>>({
    {Subject::kIndustry, TextField::kIndustry},
    {Subject::kStage, TextField::kStage},
    {Subject::kPlay, TextField::kPlay},
    {Subject::kOwner, TextField::kOwner},
    {Subject::kCountry, TextField::kCountry},
});

TextField text_field(Subject subject) noexcept {
  switch (subject) {
    case Subject::kIndustry:
      return TextField::kIndustry;
    case Subject::kCountry:
      return TextField::kCountry;
    case Subject::kRegion:
      return TextField::kRegion;
    case Subject::kStage:
      return TextField::kStage;
    case Subject::kPlay:
      return TextField::kPlay;
    case Subject::kOwner:
      return TextField::kOwner;
    case Subject::kParent:
      return TextField::kParent;
    default:
      return TextField::kId;
  }
}

bool among(const std::vector<std::string>& values, std::string_view text) noexcept {
  return !text.empty() && std::any_of(values.begin(), values.end(), [&](const std::string& value) {
    return equal_without_case(value, text);
  });
}

bool number_holds(const Test& test, const AccountView& account) noexcept {
  const auto field = number_field(test.subject);
  const auto number = field ? account.number(*field) : std::nullopt;
  if (!number) return false;
  if (!test.numbers.empty())
    return std::find(test.numbers.begin(), test.numbers.end(), *number) != test.numbers.end();
  return (!test.min || *number >= *test.min) && (!test.max || *number <= *test.max);
}

void append_account_side(std::string& out, const Condition& condition) {
  const auto append = [&out](std::string_view text) {
    fmt::format_to(std::back_inserter(out), "{}:{}", text.size(), text);
  };
  if (condition.kind != Condition::Kind::kTest) {
    out += condition.kind == Condition::Kind::kAll   ? "(&"
           : condition.kind == Condition::Kind::kAny ? "(|"
                                                     : "(!";
    bool page = false;  // a second test of the page adds nothing to the first
    for (const Condition& child : condition.children) {
      const bool is_page = child.kind == Condition::Kind::kTest && is_page_subject(child.test.subject);
      if (!is_page || !page) append_account_side(out, child);
      page = page || is_page;
    }
    out += ')';
    return;
  }
  const Test& test = condition.test;
  if (is_page_subject(test.subject) || test.subject == Subject::kConfidence) {
    out += '?';
    return;
  }
  fmt::format_to(std::back_inserter(out), "{}", static_cast<int>(test.subject));
  append(test.name);
  for (const std::string& value : test.values) append(value);
  for (const int64_t number : test.numbers) fmt::format_to(std::back_inserter(out), "={}", number);
  if (test.min) fmt::format_to(std::back_inserter(out), ">{}", *test.min);
  if (test.max) fmt::format_to(std::back_inserter(out), "<{}", *test.max);
  if (test.subject == Subject::kVisited) fmt::format_to(std::back_inserter(out), "~{}", test.days);
  out += ';';
}

}  // namespace

std::string account_side_text(const Condition& condition) {
  std::string text;
  append_account_side(text, condition);
  return text;
}

FeedMatch::FeedMatch(const accounts::Snapshot& snapshot, std::span<const Segment> segments,
                     const VisitMoves* moves)
    : snapshot_(snapshot), moves_(moves) {
  for (const Segment& segment : segments) segments_.emplace(segment.name, &segment);
  for (uint32_t i = 0; i < snapshot.size(); ++i) {
    const AccountView account = snapshot.at(i);
    if (account.excluded()) continue;
    postings_[Subject::kTier][std::string(accounts::to_string(account.tier()))].push_back(i);
    for (const auto& [subject, field] : kIndexed) {
      const std::string_view value = account.text(field);
      if (!value.empty()) postings_[subject][folded(value)].push_back(i);
    }
    for (uint32_t s = 0; s < account.segment_count(); ++s) {
      postings_[Subject::kSegment][folded(account.segment(s))].push_back(i);
    }
  }
}

const FeedMatch::Ordinals* FeedMatch::posting(Subject subject, const std::string& value) const {
  static const Ordinals nobody;
  const auto field = postings_.find(subject);
  if (field == postings_.end()) return &nobody;
  const auto found = field->second.find(value);
  return found == field->second.end() ? &nobody : &found->second;
}

size_t FeedMatch::Candidates::count(size_t of_everyone) const noexcept {
  if (everyone) return of_everyone;
  size_t total = named.size();
  for (const Ordinals* posting : postings) total += posting->size();
  return total;
}

FeedMatch::Candidates FeedMatch::narrow(const Condition& when) const {
  if (when.kind == Condition::Kind::kTest) return narrow(when.test);
  Candidates fewest;
  if (when.kind != Condition::Kind::kAll) return fewest;
  for (const Condition& child : when.children) {
    Candidates fewer = narrow(child);
    if (fewer.count(snapshot_.size()) < fewest.count(snapshot_.size())) fewest = std::move(fewer);
  }
  return fewest;
}

FeedMatch::Candidates FeedMatch::narrow(const Test& test) const {
  Candidates out;
  if (test.subject == Subject::kAccount) {
    out.everyone = false;
    for (const std::string& id : test.values) {
      const auto account = snapshot_.find_id(id);
      if (account) out.named.push_back(account->ordinal());
    }
    return out;
  }
  if (may_be_moved_to(test)) return out;
  const bool indexed = test.subject == Subject::kTier || test.subject == Subject::kSegment ||
                       std::any_of(kIndexed.begin(), kIndexed.end(),
                                   [&](const auto& entry) { return entry.first == test.subject; });
  if (!indexed) return out;
  for (const std::string& value : test.values) {
    // Membership of defined segments is not indexed.
    if (test.subject == Subject::kSegment && segments_.contains(value)) return {};
    out.postings.push_back(posting(test.subject, value));
  }
  out.everyone = false;
  return out;
}

template <typename Holds>
FeedMatch::Answer FeedMatch::search(const Candidates& among, uint64_t most_tests, Holds&& holds) {
  const auto ends = [&](uint32_t ordinal) -> std::optional<Answer> {
    const AccountView account = snapshot_.at(ordinal);
    if (!account.excluded() && holds(account)) return Answer::kSome;
    return tests_ > most_tests ? std::optional(Answer::kGaveUp) : std::nullopt;
  };
  if (tests_ > most_tests) return Answer::kGaveUp;
  if (among.everyone) {
    for (uint32_t i = 0; i < snapshot_.size(); ++i) {
      if (const auto answer = ends(i)) return *answer;
    }
    return Answer::kNone;
  }
  for (const uint32_t ordinal : among.named) {
    if (const auto answer = ends(ordinal)) return *answer;
  }
  for (const Ordinals* posting : among.postings) {
    for (const uint32_t ordinal : *posting) {
      if (const auto answer = ends(ordinal)) return *answer;
    }
  }
  return Answer::kNone;
}

FeedMatch::Answer FeedMatch::anyone(const Condition& when) {
  return search(narrow(when), kMaxTests,
                [&](const AccountView& account) { return possible(when, account).may_hold; });
}

FeedMatch::Answer FeedMatch::anyone(const Condition& one, const Condition& other) {
  const uint64_t tests_of_rules = std::exchange(tests_, pair_tests_);
  Candidates among = narrow(one);
  Candidates of_other = narrow(other);
  if (of_other.count(snapshot_.size()) < among.count(snapshot_.size())) among = std::move(of_other);
  const Answer answer = search(among, kMaxPairTests, [&](const AccountView& account) {
    return possible(one, account).may_hold && possible(other, account).may_hold;
  });
  pair_tests_ = std::exchange(tests_, tests_of_rules);
  return answer;
}

FeedMatch::Answer FeedMatch::each(const Condition& when,
                                  const std::function<bool(const AccountView&)>& take) {
  const uint64_t tests_of_rules = std::exchange(tests_, each_tests_);
  std::vector<bool> seen(snapshot_.size());  // an account may be in several postings
  const Answer answer = search(narrow(when), kMaxTests, [&](const AccountView& account) {
    ++tests_;  // taking has its price, too
    if (seen[account.ordinal()] || !possible(when, account).may_hold) return false;
    seen[account.ordinal()] = true;
    return !take(account);
  });
  each_tests_ = std::exchange(tests_, tests_of_rules);
  return answer;
}

Possible FeedMatch::possible(const Condition& condition, const AccountView& account) {
  if (condition.kind == Condition::Kind::kTest) return test(condition.test, account);
  if (condition.kind == Condition::Kind::kNot) {
    const Possible inner = possible(condition.children.front(), account);
    return {!inner.must_hold, !inner.may_hold};
  }
  const bool all = condition.kind == Condition::Kind::kAll;
  Possible result{all, all};
  for (const Condition& child : condition.children) {
    const Possible one = possible(child, account);
    result.may_hold = all ? result.may_hold && one.may_hold : result.may_hold || one.may_hold;
    result.must_hold = all ? result.must_hold && one.must_hold : result.must_hold || one.must_hold;
    if (all ? !result.may_hold : result.must_hold) break;
  }
  return result;
}

bool FeedMatch::in_segment(const Test& test, const AccountView& account) {
  for (uint32_t s = 0; s < account.segment_count(); ++s) {
    if (among(test.values, account.segment(s))) return true;
  }
  return std::any_of(test.values.begin(), test.values.end(), [&](const std::string& value) {
    const auto defined = segments_.find(value);
    return defined != segments_.end() && possible(defined->second->condition, account).may_hold;
  });
}

bool FeedMatch::may_be_moved_to(const Test& test) const {
  if (moves_ == nullptr) return false;
  if (test.subject == Subject::kEngagement) return moves_->engagement;
  const std::vector<std::string>* const to = test.subject == Subject::kStage  ? &moves_->stages
                                             : test.subject == Subject::kPlay ? &moves_->plays
                                             : test.subject == Subject::kTier ? &moves_->tiers
                                                                              : nullptr;
  return to != nullptr &&
         std::find_first_of(to->begin(), to->end(), test.values.begin(), test.values.end()) != to->end();
}

Possible FeedMatch::test(const Test& test, const AccountView& account) {
  tests_ += 1 + test.values.size() / 8;
  if (is_page_subject(test.subject) || test.subject == Subject::kConfidence) return {true, false};
  // The next visit may change it.
  if (is_activity_subject(test.subject) || may_be_moved_to(test)) return {true, false};
  bool holds = false;
  if (is_number(test.subject)) {
    holds = number_holds(test, account);
  } else if (test.subject == Subject::kTier) {
    holds = among(test.values, accounts::to_string(account.tier()));
  } else if (test.subject == Subject::kSegment) {
    holds = in_segment(test, account);
  } else if (test.subject == Subject::kAttribute) {
    holds = among(test.values, account.attribute(test.name));
  } else {
    holds = among(test.values, account.text(text_field(test.subject)));
  }
  return {holds, holds};
}

}  // namespace abm::rules
