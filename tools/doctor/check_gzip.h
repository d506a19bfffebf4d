// Pages that nginx compresses for every visitor, though they are remembered.
#pragma once

#include <simdjson.h>

#include "tools/doctor/finding.h"

namespace abm::tools::doctor {

/// `status`: what abm_status answered. Notes pages of which `abm_gzip auto` takes no pieces; says how many
/// answers were compressed in its place.
void check_gzip(const simdjson::dom::element& status, Findings& findings);

}  // namespace abm::tools::doctor
