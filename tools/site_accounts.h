// What a build of a site reads, with the accounts of its sources merged first.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "connect/sources/merged_feed.h"
#include "generation/build.h"
#include "generation/progress.h"
#include "generation/site.h"
#include "tools/site_standings.h"

namespace abm::tools {

struct SiteInputs {
  generation::BuildInputs build;
  connect::MergedFeed merged;             ///< outlives the build; nothing where the site has no sources
  std::unique_ptr<SiteStandings> visits;  ///< behind build.changes, where something is kept; else nullptr
  std::vector<std::string> summary;       ///< what became of the sources, for people
};

struct SiteInputsOptions {
  const generation::NamedCounts* patterns_before = nullptr;  ///< as for generation::inputs_of()
  bool with_rules = true;
  /// What sources and visits say is written into the data folder, for when they cannot be read.
  bool keep = false;
  /// Whose visits these are, where the files of `site` are a copy; nullptr: the same. Must outlive the
  /// result.
  const generation::Site* visits_of = nullptr;
  bool with_visits = true;
  generation::Progress progress;
};

/// Errors go to `diagnostics`; then the feed may be missing.
[[nodiscard]] SiteInputs site_inputs(const generation::Site& site, Diagnostics& diagnostics,
                                     const SiteInputsOptions& options = {});

}  // namespace abm::tools
