// The opportunities that a report is about: of files on the command line and of the site's `outcomes:`, with
// the listed accounts that they belong to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "connect/import/opportunity.h"
#include "generation/progress.h"
#include "generation/site_outcomes.h"
#include "tools/account_list.h"

namespace abm::tools {

struct OpportunityListOptions {
  /// "deals.csv", "salesforce:opportunities.csv"; without a kind, the header tells whose export it is. They
  /// come after the site's own sources: of an opportunity that several have, the last row counts.
  std::vector<std::string> files;
  AccountListOptions list;  ///< whose accounts they are matched with; its site has `outcomes:`
  generation::Progress progress;
};

struct OpportunityList {
  connect::OpportunitySet set;
  generation::OutcomesInput settings;  ///< of the site; defaults where it declares none
};

/// std::nullopt: no file was named, and the site has no `outcomes: opportunities:`, or there is no site. An
/// error: a source cannot be read, or there is no list of accounts to match with. What was left out or
/// assumed is in the set's remarks. Reads only; systems are asked by `abmctl sync`.
[[nodiscard]] Result<std::optional<OpportunityList>> load_opportunity_list(
    const OpportunityListOptions& options);

}  // namespace abm::tools
