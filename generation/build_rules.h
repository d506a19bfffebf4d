// Rules files and fragments below one folder → rules.bin, and the hash of every file read for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "generation/manifest.h"
#include "generation/read_files.h"
#include "rules/load.h"

namespace abm::generation {

struct RulesProducts {
  std::string program;               ///< rules.bin
  std::vector<SourceEntry> sources;  ///< one per rules file, then one for all fragments together
  ReadFiles files;                   ///< sorted by the names that rules have for them
  uint64_t rules = 0;
  std::vector<rules::PageReview> pages;
  std::vector<std::string> silenced;  ///< codes that files silence at their top level
};

/// `files` are relative to `folder` ("": the working directory) or absolute. The program uses these names, so
/// that the same content gives the same bytes from any working directory; diagnostics use names for people.
[[nodiscard]] std::optional<RulesProducts> build_rules(const std::string& folder,
                                                       const std::vector<std::string>& files,
                                                       const rules::LoadOptions& options,
                                                       Diagnostics& diagnostics);

}  // namespace abm::generation
