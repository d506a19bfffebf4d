// Reads `accounts: sources:` of site.yaml and what belongs to it, and `outcomes: opportunities:`.
#pragma once

#include <span>
#include <vector>

#include "base/diagnostic.h"
#include "generation/account_sources.h"
#include "generation/sources_place.h"
#include "yaml/node.h"

namespace abm::generation {

/// `accounts` is the mapping, which has the key `sources`. All errors are reported; relative paths are
/// relative to the site's folder.
void read_account_sources(const yaml::Node& accounts, const SourcesPlace& place, Diagnostics& diagnostics,
                          AccountSources& out);

/// `list`: files and systems that tell of opportunities. `others`: sources of accounts, whose names are
/// taken.
void read_opportunity_sources(const yaml::Node& list, const SourcesPlace& place,
                              std::span<const AccountSource> others, Diagnostics& diagnostics,
                              std::vector<AccountSource>& out);

}  // namespace abm::generation
