// Reads `accounts: sources:` of site.yaml and what belongs to it.
#pragma once

#include "base/diagnostic.h"
#include "generation/account_sources.h"
#include "generation/sources_place.h"
#include "yaml/node.h"

namespace abm::generation {

/// `accounts` is the mapping, which has the key `sources`. All errors are reported; relative paths are
/// relative to the site's folder.
void read_account_sources(const yaml::Node& accounts, const SourcesPlace& place, Diagnostics& diagnostics,
                          AccountSources& out);

}  // namespace abm::generation
