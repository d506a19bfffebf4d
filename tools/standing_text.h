// One account as visits make it, for people and as JSON: what `abmctl engagement` and `abmctl explain` say of
// it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "generation/site.h"
#include "measure/engagement/arithmetic.h"
#include "measure/engagement/journal.h"
#include "measure/engagement/standings.h"
#include "tools/command.h"

namespace abm::tools {

/// Of one account, as of a day.
struct StandingStory {
  const measure::Standing* standing = nullptr;  ///< borrowed; nullptr: neither seen nor listed
  measure::Arithmetic arithmetic;
  std::vector<measure::ListEntry> list;  ///< what the list said, since when
};
/// After judge_all() of the same day.
[[nodiscard]] Result<StandingStory> story_of(measure::EngagementStore& store, const generation::Site& site,
                                             const measure::Standings& standings, const std::string& account);

/// Begins an object, which the caller ends.
void write_standing(Json& json, const measure::Standing& standing, measure::Day today);
/// Further members.
void write_account_story(Json& json, const StandingStory& story);
void tell_account_story(const generation::Site& site, const StandingStory& story, measure::Day today,
                        const Output& out);

[[nodiscard]] std::string days_or_dash(std::optional<measure::Day> days);
[[nodiscard]] std::string or_dash(const std::string& text);

}  // namespace abm::tools
