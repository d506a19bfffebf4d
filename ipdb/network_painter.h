// Decides between claims and paints the winners: weakest source first, short prefixes before long ones.
// Exclusions and the networks that accounts list are one source here: the longer prefix wins, and of equal
// ones the exclusion.
#pragma once

#include "base/diagnostic.h"
#include "ipdb/mmdb_writer.h"
#include "ipdb/network_claims.h"
#include "ipdb/network_types.h"

namespace abm::ipdb {

/// Empties `claims` into `writer`. Conflicts go to `report` and, as warnings, to `diagnostics`.
void paint_claims(const NetworkInputs& inputs, const NetworkOptions& options, Claims&& claims,
                  MmdbWriter& writer, NetworkReport& report, Diagnostics& diagnostics);

}  // namespace abm::ipdb
