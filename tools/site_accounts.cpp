#include "tools/site_accounts.h"

#include <ctime>
#include <utility>

#include "connect/import/report.h"
#include "tools/outcomes_check.h"
#include "tools/primary.h"

namespace abm::tools {
namespace {

SiteInputs with_list(const generation::Site& site, Diagnostics& diagnostics,
                     const SiteInputsOptions& options) {
  SiteInputs inputs;
  inputs.build = generation::inputs_of(site, diagnostics, options.patterns_before, options.with_rules);
  const auto now = static_cast<int64_t>(::time(nullptr));
  check_primary(site, now, diagnostics);
  check_outcomes_input(site, now, diagnostics);
  if (site.accounts.merge.sources.empty()) return inputs;
  connect::ImportReport report("");
  connect::MergeOptions merge;
  merge.site = &site;
  merge.keep = options.keep;
  merge.progress = options.progress;
  auto merged = connect::merge_feed(merge, report, diagnostics);
  if (!merged.has_value()) {
    inputs.build.feed.clear();
    return inputs;
  }
  inputs.merged = std::move(*merged);
  inputs.build.feed = inputs.merged.path;
  inputs.build.feed_name = "the merged feed";
  if (!report.sources.empty()) inputs.summary = report.summary();
  return inputs;
}

}  // namespace

SiteInputs site_inputs(const generation::Site& site, Diagnostics& diagnostics,
                       const SiteInputsOptions& options) {
  SiteInputs inputs = with_list(site, diagnostics, options);
  const generation::Site& visited = options.visits_of == nullptr ? site : *options.visits_of;
  if (!visited.engagement.has_value() || !options.with_visits || inputs.build.feed.empty()) return inputs;
  StandingsOptions of_visits;
  of_visits.feed = inputs.build.feed;
  of_visits.feed_name = inputs.build.feed_name.empty() ? inputs.build.feed : inputs.build.feed_name;
  of_visits.keep = options.keep;
  of_visits.progress = options.progress;
  auto made = SiteStandings::make(visited, of_visits, diagnostics);
  if (made == nullptr) {
    inputs.build.later = measure::moves_of(visited.moves);
    return inputs;
  }
  inputs.build.changes = made->standings();
  if (options.keep) inputs.visits = std::move(made);
  return inputs;
}

}  // namespace abm::tools
