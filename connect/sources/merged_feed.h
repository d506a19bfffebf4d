// The account feed of a site that has `accounts: sources:`: merged from them, and kept where a fetched feed
// would be.
//
//   DATA/feed/                  0750
//     accounts.ndjson           what the sources said together; rewritten only if they say something else
//     sources/KEY.csv           what a table said when it could be read last: the columns that were taken
//     sources/KEY.ndjson        the same of a feed in a file
//     sources/KEY/feed/, state/ a feed that is fetched, as DATA/feed and DATA/state are of a site that has
//     only
//                               one
//   DATA/live/                  tables of live sources (connect/live/FORMAT.md)
//   DATA/state/sources.json     how it went (state.h)
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/file.h"
#include "connect/import/report.h"
#include "generation/site.h"

namespace abm::connect {

/// A feed behind an address, and the folder that has its copy and its state.
struct FetchedFeed {
  generation::AccountsInput source;
  std::string data_dir;

  [[nodiscard]] std::string copy() const;
};
/// All that `abmctl sync` and the agent fetch for the site: `from`, or the feeds among its sources.
[[nodiscard]] std::vector<FetchedFeed> feeds_to_fetch(const generation::Site& site);

struct MergedFeed {
  std::string path;
  Fd unnamed;  ///< of a file that nobody else sees, which `path` leads to
};

struct MergeOptions {
  const generation::Site* site = nullptr;  ///< not null; has sources
  bool keep = false;                       ///< changes the data folder; else nothing is left behind
  std::function<void(std::string_view phase, uint64_t done, uint64_t total)> progress;
};

/// std::nullopt if `diagnostics` got an error: a source cannot be read, and nothing was kept of it.
[[nodiscard]] std::optional<MergedFeed> merge_feed(const MergeOptions& options, ImportReport& report,
                                                   Diagnostics& diagnostics);

/// The file that has what a source says: of one behind an address its copy, of a system its table.
[[nodiscard]] std::string file_of_source(const generation::Site& site,
                                         const generation::AccountSource& source);

/// For a site whose accounts have no sources any more: copies, tables and state of those that they had go.
[[nodiscard]] Result<void> forget_sources(const generation::Site& site);

}  // namespace abm::connect
