// What visits make of a site's account list, for a build: visits are read and judged before it, and what they
// were judged by is remembered once the generation serves.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "generation/progress.h"
#include "generation/site.h"
#include "measure/engagement/standings.h"
#include "tools/site_visits.h"

namespace abm::tools {

struct StandingsOptions {
  std::string feed;       ///< the list's local copy
  std::string feed_name;  ///< what messages call it
  /// For a publication. Else nothing but lines of the visits is kept: neither what the list says, which
  /// nobody may ever publish, nor a data folder that was not there.
  bool keep = false;
  generation::Progress progress;
};

class SiteStandings {
 public:
  /// The site must have `engagement`, and outlive this. Where visits cannot be read, those that were read
  /// before count, and a warning says so. Where they have never all been read, or nothing can be known of
  /// them, `keep` makes that an error, for accounts would fall back to what the list says; else it is a
  /// warning. nullptr then, and where the list has errors, which the build reports.
  [[nodiscard]] static std::unique_ptr<SiteStandings> make(const generation::Site& site,
                                                           const StandingsOptions& options,
                                                           Diagnostics& diagnostics);

  [[nodiscard]] const std::shared_ptr<const measure::Standings>& standings() const noexcept {
    return standings_;
  }
  /// Of a publication, after it: the list's journal, and what is published of each account, by `generation`.
  [[nodiscard]] Result<void> remember(uint64_t generation);

 private:
  SiteStandings(const generation::Site& site, const StandingsOptions& options)
      : site_(site), options_(options) {}
  [[nodiscard]] Result<void> judge(bool fold, bool temporary);
  [[nodiscard]] Result<void> judge_list();

  const generation::Site& site_;
  const StandingsOptions options_;
  std::vector<std::string> notes_;  ///< before visits_, which adds to it
  std::unique_ptr<SiteVisits> visits_;
  std::shared_ptr<const measure::Standings> standings_;
  std::vector<measure::ListedFields> list_;
};

/// After a fold that went well, but for a log that is `unread` ("": none): for `abmctl status`.
void note_fold(const generation::Site& site, SiteVisits& visits, const std::string& unread);
/// After one that did not.
void note_no_fold(const generation::Site& site, const std::string& fault);

}  // namespace abm::tools
