// What the feed knows, used to warn about values that no account has.
#pragma once

#include <string>
#include <vector>

#include "accounts/snapshot.h"

namespace abm::rules {

/// What visits may yet make of any account. Folded, in any order.
struct VisitMoves {
  bool engagement = false;  ///< they count for it
  std::vector<std::string> stages, plays, tiers;
};

/// All vectors sorted, folded (base/folding.h).
struct Vocabulary {
  std::vector<std::string> accounts, segments, industries, countries, regions, stages, plays, owners,
      attribute_names;
  VisitMoves moves;
};

/// Every value that accounts of `snapshot` have, without duplicates. Takes time linear in the snapshot.
[[nodiscard]] Vocabulary collect_vocabulary(const accounts::Snapshot& snapshot);
/// Adds stages and plays that nobody has yet, but that visits may give.
void add_moves(VisitMoves moves, Vocabulary& vocabulary);

}  // namespace abm::rules
