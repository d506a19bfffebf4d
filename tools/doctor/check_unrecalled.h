// Pages that nginx scans again for every visitor, although it remembers pages.
#pragma once

#include <simdjson.h>

#include "tools/doctor/finding.h"

namespace abm::tools::doctor {

/// `status`: what abm_status answered. A note for each reason for which pages are not told from memory.
void check_unrecalled(const simdjson::dom::element& status, Findings& findings);

}  // namespace abm::tools::doctor
