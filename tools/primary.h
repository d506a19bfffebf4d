// The primary comparison: what site.yaml declares, against its pages and what was published before.
#pragma once

#include <optional>
#include <string>

#include "base/diagnostic.h"
#include "generation/site.h"
#include "measure/report/primary.h"

namespace abm::tools {

/// Warnings: a goal that is nearly a sample page but none, and a decision of tomorrow.
void check_primary(const generation::Site& site, int64_t now, Diagnostics& diagnostics);

/// What a publication changes, for people; "" if nothing was published before, or the same.
[[nodiscard]] std::string primary_note(const std::string& data,
                                       const std::optional<generation::PrimaryGoal>& primary);

/// As the generations of a data folder say it; nothing is declared where it cannot be read.
[[nodiscard]] measure::Primary published_primary(const std::string& data);

}  // namespace abm::tools
