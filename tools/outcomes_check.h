// What `outcomes:` of site.yaml says, against the files that it names and the day that it is.
#pragma once

#include <cstdint>

#include "base/diagnostic.h"
#include "generation/site.h"

namespace abm::tools {

/// Warnings: a start to come, and an export that is there twice. `now`: Unix seconds.
void check_outcomes_input(const generation::Site& site, int64_t now, Diagnostics& diagnostics);

}  // namespace abm::tools
