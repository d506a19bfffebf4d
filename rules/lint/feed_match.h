// Whether any account of the feed could ever match a rule, whatever the page: for lint finding ABM004.
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

/// What a condition says about one account when page and confidence are unknown.
struct Possible {
  bool may_hold = false;   ///< on some page
  bool must_hold = false;  ///< on every page
};

class FeedMatch {
 public:
  enum class Answer : uint8_t { kSome, kNone, kGaveUp };

  /// Borrows both. Takes time linear in the snapshot, once.
  FeedMatch(const accounts::Snapshot& snapshot, std::span<const Segment> segments);

  /// Excluded accounts match nothing. kGaveUp once all calls together have run more than kMaxTests tests:
  /// then nothing is known about this condition or later ones.
  [[nodiscard]] Answer anyone(const Condition& when);
  [[nodiscard]] Possible possible(const Condition& condition, const accounts::AccountView& account);

 private:
  static constexpr uint64_t kMaxTests = 20'000'000;  // about a second

  using Ordinals = std::vector<uint32_t>;
  [[nodiscard]] Answer any_of(const Condition& when, const Ordinals& candidates);
  [[nodiscard]] const Ordinals* posting(Subject subject, const std::string& value) const;
  /// The fewest accounts left by a test that must hold; false when no such test is indexed.
  bool narrow(const Condition& when, Ordinals& out) const;
  [[nodiscard]] Possible test(const Test& test, const accounts::AccountView& account);
  [[nodiscard]] bool in_segment(const Test& test, const accounts::AccountView& account);

  const accounts::Snapshot& snapshot_;
  std::map<std::string_view, const Segment*> segments_;
  std::map<Subject, std::unordered_map<std::string, Ordinals>> postings_;
  uint64_t tests_ = 0;
};

}  // namespace abm::rules
