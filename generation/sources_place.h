// Where the sources of site.yaml are read, and what holds for all of them.
#pragma once

#include <string>

#include "generation/account_sources.h"
#include "yaml/source_text.h"

namespace abm::generation {

struct SourcesPlace {
  const std::string& file;    ///< site.yaml as named
  const std::string& folder;  ///< absolute
  const std::string& data;    ///< absolute
  const yaml::SourceText& text;
  const LiveInput& defaults;  ///< of live sources: what `accounts:` says for all
};

}  // namespace abm::generation
