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

namespace abm::measure {

/// The changes that a build makes in the accounts of the feed. Immutable.
class Standings final : public generation::AccountChanges {
 public:
  /// `standings`: by account.
  Standings(std::vector<Standing> standings, Day today);

  /// Fields that visits change take the place of the feed's, also where nobody ever came. A stage, tier or
  /// play is moved only from what it was moved from.
  void apply(accounts::Account& account) const override;
  /// "2026-11-29 5c0e1f2a3b4c5d6e": the same for the same fields of all accounts.
  [[nodiscard]] std::string version() const override;

  [[nodiscard]] const std::vector<Standing>& all() const noexcept { return standings_; }
  [[nodiscard]] const Standing* find(std::string_view account) const;
  [[nodiscard]] Day today() const noexcept { return today_; }

 private:
  std::vector<Standing> standings_;
  Day today_ = 0;
  uint64_t hash_ = 0;
};

struct JudgeInputs {
  const generation::EngagementInput& engagement;
  const generation::MovesInput& moves;
  Day today = 0;
  std::function<void(uint64_t done, uint64_t total)> progress = {};  ///< days that are counted again
  /// A day before the journal began is judged by the list of its first day, instead of by none: what has
  /// been published on such a day is not told, but what can be compared with a later one.
  bool before_journal = false;
};

/// Counts what new lines have touched, and judges every account. The list is to be recorded before
/// (record_list()).
[[nodiscard]] Result<std::shared_ptr<const Standings>> judge_all(EngagementStore& store,
                                                                 const JudgeInputs& inputs);

/// What published() compares: names as in rules ("engagement", "visits_30d", "pages_30d", "stage", "tier",
/// "play", "moved").
[[nodiscard]] const std::vector<std::string_view>& standing_fields();

/// Accounts with a field that differs from the last note_published(), of those named in `fields`; all that
/// can be named if it is empty. By id.
[[nodiscard]] Result<std::vector<std::string>> changed_since_published(
    EngagementStore& store, const Standings& standings, const std::vector<std::string>& fields);
[[nodiscard]] Result<void> note_published(EngagementStore& store, const Standings& standings);

}  // namespace abm::measure
