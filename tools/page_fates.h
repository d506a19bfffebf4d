// What becomes of a visit's edits once the page's framework has hydrated it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rewrite/framework/fate.h"
#include "tools/visit_edits.h"

namespace abm::tools {

/// By winner; std::nullopt where its edit was not applied.
[[nodiscard]] std::vector<std::optional<rewrite::Judgement>> judge_edits(const VisitEdits& edits,
                                                                         const rewrite::RewrittenPage& page);

}  // namespace abm::tools
