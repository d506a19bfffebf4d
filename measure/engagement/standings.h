// What visits make of all accounts as of a day: for the build, for people, and what is new since it was
// published last.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "generation/account_changes.h"
#include "generation/site_engagement.h"
#include "measure/engagement/engagement_store.h"
#include "measure/engagement/moves.h"
#include "rules/match/visit_sight.h"

namespace abm::measure {

/// The changes that a build makes in the accounts of the feed. Immutable.
class Standings final : public generation::AccountChanges {
 public:
  /// `standings`: by account. `moves`: to what others may be moved later.
  Standings(std::vector<Standing> standings, Day today, rules::VisitMoves moves = {});

  /// Fields that visits change take the place of the feed's, also where nobody ever came. A stage, tier or
  /// play is moved only from what it was moved from.
  void apply(accounts::Account& account) const override;
  /// "2026-11-29 5c0e1f2a3b4c5d6e": the same for the same fields of all accounts.
  [[nodiscard]] std::string version() const override;
  /// "2026-11-29 (UTC): visits of 37 listed accounts are known, and 33 accounts are moved"
  [[nodiscard]] std::string summary() const override;
  [[nodiscard]] rules::VisitMoves moves() const override { return moves_; }

  [[nodiscard]] const std::vector<Standing>& all() const noexcept { return standings_; }
  [[nodiscard]] const Standing* find(std::string_view account) const;
  [[nodiscard]] Day today() const noexcept { return today_; }

 private:
  std::vector<Standing> standings_;
  rules::VisitMoves moves_;
  Day today_ = 0;
  uint64_t hash_ = 0;
};

/// What the entries of site.yaml may make of an account.
[[nodiscard]] rules::VisitMoves moves_of(const generation::MovesInput& input);

struct JudgeInputs {
  const generation::EngagementInput& engagement;
  const generation::MovesInput& moves;
  Day today = 0;
  std::function<void(uint64_t done, uint64_t total)> progress = {};  ///< days that are counted again
  /// A day before the journal began is judged by the list of its first day, instead of by none: what has
  /// been published on such a day is not told, but what can be compared with a later one.
  bool before_journal = false;
};

/// Counts what new lines have touched, and judges every account, by the days that `engagement: keep:` of
/// site.yaml keeps as of `today` (first_kept()), and by nothing before them. The list is to be recorded
/// before (record_list()).
[[nodiscard]] Result<std::shared_ptr<const Standings>> judge_all(EngagementStore& store,
                                                                 const JudgeInputs& inputs);

/// What note_published() was told last; 0: nothing yet.
struct LastPublished {
  Day day = 0;
  uint64_t generation = 0;
};
[[nodiscard]] Result<LastPublished> last_published(EngagementStore& store);

/// Accounts of which `sight` sees something else than at the last note_published(); nullptr: of which any
/// field that visits change is another one. By id.
[[nodiscard]] Result<std::vector<std::string>> changed_since_published(EngagementStore& store,
                                                                       const Standings& standings,
                                                                       const rules::VisitSight* sight);
/// `generation`: which one says it.
[[nodiscard]] Result<void> note_published(EngagementStore& store, const Standings& standings,
                                          uint64_t generation);

}  // namespace abm::measure
