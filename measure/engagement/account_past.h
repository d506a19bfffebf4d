// One account on any day of its past: its fields, and which conditions held.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "accounts/account.h"
#include "generation/site_engagement.h"
#include "measure/engagement/histories.h"
#include "measure/engagement/points.h"

namespace abm::measure {

/// Whether a condition asks which pages were visited.
[[nodiscard]] bool tests_pages(const generation::MovesInput& moves);

/// All moves of a site, one after the other: stages, then tiers, then plays.
class AccountPast {
 public:
  /// All must outlive it. `today`: the last day that is asked for.
  AccountPast(const History& history, const JournalFields& fields, const generation::MovesInput& moves,
              const Decay& decay, Day today);

  [[nodiscard]] Day today() const noexcept { return today_; }
  /// The first day on which it was seen or listed; after today() if it never was.
  [[nodiscard]] Day first() const noexcept { return first_; }
  /// On the list, and not excluded.
  [[nodiscard]] bool listed(Day day);
  /// What visits and the list say as of that day, before any move.
  [[nodiscard]] const accounts::Account& on(Day day);

  /// The day of the last time that the condition held, at or before `day`, within the move's hold;
  /// std::nullopt: it is not held.
  [[nodiscard]] std::optional<Day> stage_held(size_t stage, Day day);
  [[nodiscard]] std::optional<Day> tier_held(size_t move, Day day);
  [[nodiscard]] std::optional<Day> play_held(size_t play, Day day);
  /// Of a tier's move that is held on `day`: the day since which it has been held without a break.
  [[nodiscard]] Day tier_held_since(size_t move, Day day);

  /// The stage that moves give it on that day: an index; std::nullopt: the list's.
  [[nodiscard]] std::optional<size_t> stage_on(Day day);
  /// The same for its play.
  [[nodiscard]] std::optional<size_t> play_on(Day day);
  /// Its tier on days from `from` to today, which conditions of plays may test; else the list's.
  void set_tiers(Day from, std::vector<accounts::Tier> tiers);

  /// As the condition of a stage, of a tier's move, or of a play sees it on that day.
  [[nodiscard]] const accounts::Account& for_stages(Day day) { return on(day); }
  [[nodiscard]] const accounts::Account& for_tiers(Day day);
  [[nodiscard]] const accounts::Account& for_plays(Day day);

 private:
  enum class Kind : uint8_t { kStage, kTier, kPlay };
  enum class Held : uint8_t { kUnknown, kNo, kYes };
  [[nodiscard]] bool condition_holds(Kind kind, size_t index, Day day);
  [[nodiscard]] std::optional<Day> held(Kind kind, size_t index, Day day);
  [[nodiscard]] uint32_t hold_of(Kind kind, size_t index) const;
  [[nodiscard]] size_t list_entry(Day day) const;
  [[nodiscard]] std::optional<size_t> named_on(Kind kind, Day day);

  const History& history_;
  const JournalFields& fields_;
  const generation::MovesInput& moves_;
  const Decay& decay_;
  Day today_ = 0, first_ = 0;
  bool wants_pages_ = false;
  std::vector<Day> list_changes_;  ///< days on which the list said something else
  accounts::Account account_, moved_;
  std::optional<Day> account_day_;
  std::optional<size_t> account_entry_;
  bool account_listed_ = false;
  std::vector<std::vector<Held>> memory_;                     ///< by move, then by days before today
  std::vector<std::optional<std::optional<size_t>>> stages_;  ///< by days before today
  Day tiers_from_ = 0;
  std::vector<accounts::Tier> tiers_;
};

}  // namespace abm::measure
