// Which stage, tier and play each account has as of a day, and why: a function of visits, the list's journal,
// site.yaml and the day, and of nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "accounts/account.h"
#include "generation/site_engagement.h"
#include "measure/engagement/activity.h"
#include "measure/engagement/histories.h"
#include "measure/engagement/points.h"

namespace abm::measure {

/// One thing that was moved.
struct Move {
  enum class What : uint8_t { kStage, kTier, kPlay };
  What what = What::kStage;
  std::string from, to;  ///< `from` "": there was none
  size_t rule = 0;       ///< which entry of `stages`, `tiers` or `plays`
  Day held_on = 0;       ///< the last day on which its condition held
  Day until = 0;         ///< the last day on which it is held, if the condition does not hold again
  std::string facts;     ///< of that day: "intent 85, at least 80"
};
[[nodiscard]] std::string_view to_string(Move::What what) noexcept;

/// "tier one-to-many to one-to-few until 2026-12-29 (intent 85, at least 80)"
[[nodiscard]] std::string describe(const Move& move, Day today);

struct Standing {
  std::string account;
  bool listed = false;  ///< on the list as of that day, and not excluded: else nothing moves it
  Activity activity;
  std::vector<accounts::VisitedPage> pages;
  std::vector<RolledUp> below;  ///< whose visits count here, too
  uint64_t pages_left_out = 0;
  std::string stage, play;  ///< the list's, or where it was moved to
  accounts::Tier tier = accounts::Tier::kUntiered;
  std::vector<Move> moves;

  /// All moves with "; " between, cut to what an account's text may have; "" without any.
  [[nodiscard]] std::string moved(Day today) const;
};

/// Of every account that was ever seen or listed, by id.
[[nodiscard]] std::vector<Standing> judge(const Histories& histories, const generation::MovesInput& moves,
                                          const Decay& decay, Day today);

/// How far back judge() wants the pages of days.
[[nodiscard]] Day pages_wanted_from(const generation::MovesInput& moves, Day today);

}  // namespace abm::measure
