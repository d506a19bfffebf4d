// What became of a site's networks, as publish and check report it to programs.
#pragma once

#include <optional>
#include <vector>

#include "generation/manifest.h"
#include "ipdb/network_builder.h"
#include "tools/output.h"

namespace abm::tools {

/// An object: `sources` (name, kind, entries, mapped, accounts, left_out), and, when the index was rebuilt,
/// `left_out` (account, place, reason, networks), `conflicts` (network, networks, claims: account and place
/// of both) and `names` (account, place, organization, verdict, rival, found: organization and asns).
/// `rebuilt` says which; `sources` are a manifest's.
void write_networks(Json& json, const std::vector<generation::SourceEntry>& sources,
                    const std::optional<ipdb::NetworkReport>& report);

}  // namespace abm::tools
