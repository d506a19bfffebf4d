// Whether any account of the feed could ever match a rule, or two rules at once, whatever the page: for lint
// findings ABM004, ABM009 and ABM022.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "accounts/snapshot.h"
#include "rules/ast.h"
#include "rules/read/vocabulary.h"

namespace abm::rules {

/// What a condition says about one account when page, confidence and what the next visits make of the account
/// are unknown.
struct Possible {
  bool may_hold = false;   ///< on some page
  bool must_hold = false;  ///< on every page
};

class FeedMatch {
 public:
  enum class Answer : uint8_t { kSome, kNone, kGaveUp };

  /// Borrows all. Takes time linear in the snapshot, once. `moves`: nullptr: none.
  FeedMatch(const accounts::Snapshot& snapshot, std::span<const Segment> segments, const VisitMoves* moves);

  /// Excluded accounts match nothing. kGaveUp once all calls together have run more than kMaxTests tests:
  /// then nothing is known about this condition or later ones.
  [[nodiscard]] Answer anyone(const Condition& when);
  /// Whether one account could match both; the same with kMaxPairTests.
  [[nodiscard]] Answer anyone(const Condition& one, const Condition& other);
  /// Calls `take` with each account that could match, once, until it returns false (kSome) or there is none
  /// left (kNone); kGaveUp as above, by a count of its own.
  [[nodiscard]] Answer each(const Condition& when,
                            const std::function<bool(const accounts::AccountView&)>& take);
  [[nodiscard]] Possible possible(const Condition& condition, const accounts::AccountView& account);

 private:
  static constexpr uint64_t kMaxTests = 20'000'000;     // about a second
  static constexpr uint64_t kMaxPairTests = 2'000'000;  // about 0.1 s

  using Ordinals = std::vector<uint32_t>;
  /// The accounts that a condition leaves.
  struct Candidates {
    bool everyone = true;
    std::vector<const Ordinals*> postings;
    Ordinals named;
    [[nodiscard]] size_t count(size_t of_everyone) const noexcept;
  };
  [[nodiscard]] const Ordinals* posting(Subject subject, const std::string& value) const;
  /// Those left by the test that must hold and leaves the fewest; everyone when no such test is indexed.
  [[nodiscard]] Candidates narrow(const Condition& when) const;
  [[nodiscard]] Candidates narrow(const Test& test) const;
  template <typename Holds>
  [[nodiscard]] Answer search(const Candidates& among, uint64_t most_tests, Holds&& holds);
  /// Whether visits may make it hold for any account.
  [[nodiscard]] bool may_be_moved_to(const Test& test) const;
  [[nodiscard]] Possible test(const Test& test, const accounts::AccountView& account);
  [[nodiscard]] bool in_segment(const Test& test, const accounts::AccountView& account);

  const accounts::Snapshot& snapshot_;
  const VisitMoves* moves_;
  std::map<std::string_view, const Segment*> segments_;
  std::map<Subject, std::unordered_map<std::string, Ordinals>> postings_;
  uint64_t tests_ = 0;       ///< of the search that runs, and of those before it that were of its kind
  uint64_t pair_tests_ = 0;  ///< of searches for two conditions
  uint64_t each_tests_ = 0;  ///< of each()
};

/// Conditions with the same text say the same about every account; what they ask of the page makes no
/// difference.
[[nodiscard]] std::string account_side_text(const Condition& condition);

}  // namespace abm::rules
