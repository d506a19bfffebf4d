#include "tools/outcomes_check.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/timestamp.h"
#include "connect/import/repeated_sources.h"

namespace abm::tools {
namespace {

constexpr int64_t kZonesApart = 86'400;  // the day of a zone that is ahead

}  // namespace

void check_outcomes_input(const generation::Site& site, int64_t now, Diagnostics& diagnostics) {
  if (!site.outcomes.has_value()) return;
  const generation::OutcomesInput& outcomes = *site.outcomes;
  if (outcomes.since.has_value() && *outcomes.since > now + kZonesApart) {
    diagnostics.warning(
        site.file, outcomes.since_at, {},
        fmt::format("'since' of outcomes is {}, which is to come: until then, the report compares no "
                    "listed accounts",
                    format_rfc3339(*outcomes.since).substr(0, 10)));
  }
  const auto repeated = connect::repeated_sources(outcomes.sources);
  for (size_t i = 0; i < repeated.size(); ++i) {
    if (!repeated[i].has_value()) continue;
    diagnostics.warning(
        site.file, outcomes.sources[i].at, {},
        fmt::format("the opportunities in {} are the same export as those in {}, and are read once: "
                    "name it once",
                    path_for_people(outcomes.sources[i].from),
                    path_for_people(outcomes.sources[*repeated[i]].from)));
  }
}

}  // namespace abm::tools
