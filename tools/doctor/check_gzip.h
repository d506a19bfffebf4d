// What of the answers that are told from memory is compressed for the visitor all the same.
#pragma once

#include <simdjson.h>

#include "tools/doctor/finding.h"

namespace abm::tools::doctor {

/// `status`: what abm_status answered. Notes pages of which `abm_gzip auto` takes no pieces; says how many
/// answers were spliced.
void check_gzip(const simdjson::dom::element& status, Findings& findings);

}  // namespace abm::tools::doctor
