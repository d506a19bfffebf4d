#include "tools/page_fates.h"

#include <algorithm>

namespace abm::tools {

std::vector<std::optional<rewrite::Judgement>> judge_edits(const VisitEdits& edits,
                                                           const rewrite::RewrittenPage& page) {
  std::vector<std::optional<rewrite::Judgement>> judgements(edits.winners.size());
  const auto judge_all = [&](auto judging) {
    for (size_t i = 0; i < judgements.size(); ++i) {
      const uint32_t edit =
          i < edits.rendered.edit_of_winner.size() ? edits.rendered.edit_of_winner[i] : rules::kNoEdit;
      if (edit == rules::kNoEdit || edit >= page.outcomes.size() || page.outcomes[edit].applied == 0)
        continue;
      if (edit == edits.rendered.block) {
        judgements[i] = {rewrite::Fate::kStays, "abm.js makes it once the framework is done", {}};
        continue;
      }
      judgements[i] =
          judging(page.signs, page.places[edit].place(), rewrite::shape_of(edits.rendered.edits[edit]));
    }
  };
  judge_all(rewrite::judge);
  const bool any = std::ranges::any_of(
      judgements, [](const auto& one) { return one.has_value() && is_at_risk(one->fate); });
  if (any) judge_all(rewrite::judge_beside_risk);
  return judgements;
}

}  // namespace abm::tools
