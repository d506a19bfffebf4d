// Reads `accounts: sources:` of site.yaml and what belongs to it.
#pragma once

#include <string>

#include "base/diagnostic.h"
#include "generation/account_sources.h"
#include "yaml/node.h"
#include "yaml/source_text.h"

namespace abm::generation {

struct SourcesPlace {
  const std::string& file;    ///< site.yaml as named
  const std::string& folder;  ///< absolute
  const std::string& data;    ///< absolute
  const yaml::SourceText& text;
  const LiveInput& defaults;  ///< of live sources: what `accounts:` says for all
};
/// `accounts` is the mapping, which has the key `sources`. All errors are reported; relative paths are
/// relative to the site's folder.
void read_account_sources(const yaml::Node& accounts, const SourcesPlace& place, Diagnostics& diagnostics,
                          AccountSources& out);

}  // namespace abm::generation
