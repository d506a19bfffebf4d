// Whether any account of the feed could ever match a rule, whatever the page: for the lint finding ABM004.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "accounts/snapshot.h"
#include "rules/ast.h"

namespace abm::rules {

/// What a condition says of one account while the page and the confidence are open.
struct Possible {
  bool may_hold = false;   ///< on some page
  bool must_hold = false;  ///< on every page
};

class FeedMatch {
 public:
  enum class Answer : uint8_t { kSome, kNone, kGaveUp };

  /// Borrows both. Linear in the snapshot, once.
  FeedMatch(const accounts::Snapshot& snapshot, std::span<const Segment> segments);

  /// Excluded accounts match nothing. kGaveUp when the tests of all calls together exceed kMaxTests: then
  /// nothing is known of this condition and of later ones.
  [[nodiscard]] Answer anyone(const Condition& when);
  [[nodiscard]] Possible possible(const Condition& condition, const accounts::AccountView& account);

 private:
  static constexpr uint64_t kMaxTests = 20'000'000;  // about a second

  using Ordinals = std::vector<uint32_t>;
  [[nodiscard]] Answer any_of(const Condition& when, const Ordinals& candidates);
  [[nodiscard]] const Ordinals* posting(Subject subject, const std::string& value) const;
  /// The fewest accounts that a test which must hold leaves; false when no such test is indexed.
  bool narrow(const Condition& when, Ordinals& out) const;
  [[nodiscard]] Possible test(const Test& test, const accounts::AccountView& account);
  [[nodiscard]] bool in_segment(const Test& test, const accounts::AccountView& account);

  const accounts::Snapshot& snapshot_;
  std::map<std::string_view, const Segment*> segments_;
  std::map<Subject, std::unordered_map<std::string, Ordinals>> postings_;
  uint64_t tests_ = 0;
};

}  // namespace abm::rules
