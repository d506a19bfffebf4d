// Rules files that a site's patterns pass by because of how their names end.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "generation/site.h"

namespace abm::generation {

/// Warns of each file that is not in `files` and that one of the site's patterns would name if it asked for
/// another of YAML's endings (.yaml, .yml, in any case); a pattern without wildcards says which file was
/// meant. `files` as rules_files() gives them.
void warn_of_missed_files(const Site& site, const std::vector<std::string>& files, Diagnostics& diagnostics);

}  // namespace abm::generation
