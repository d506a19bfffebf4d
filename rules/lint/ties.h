// Rules with an equal claim to one slot that can match the same visit: for lint finding ABM009.
#pragma once

#include <cstdint>
#include <vector>

#include "rules/ast.h"
#include "rules/lint/feed_match.h"

namespace abm::rules {

/// `later` loses to `earlier` by file order alone. Indexes into Ruleset::rules.
struct Tie {
  uint32_t earlier = 0;
  uint32_t later = 0;
  uint32_t slot = 0;
  SourceRef at;  ///< of the later rule's slot
};

struct Ties {
  std::vector<Tie> ties;   ///< at most one for each later rule
  bool complete = true;    ///< false: too many pairs to compare
  bool asked_feed = true;  ///< false: there was a feed, but some of the ties were not looked up in it
};

/// With `feed` (may be null) only rules tie that one of its accounts can match both.
[[nodiscard]] Ties find_ties(const Ruleset& ruleset, FeedMatch* feed);

/// Whether one visit could satisfy both. False is certain; true may be wrong for nested conditions.
[[nodiscard]] bool can_match_together(const Rule& a, const Rule& b);

}  // namespace abm::rules
