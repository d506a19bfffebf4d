// The opportunities that a report is about: of files on the command line and of the site's `outcomes:`, with
// the listed accounts that they belong to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "connect/import/opportunity.h"
#include "generation/progress.h"
#include "generation/site.h"
#include "generation/site_outcomes.h"
#include "tools/account_list.h"

namespace abm::tools {

struct OpportunityListOptions {
  /// "deals.csv", "salesforce:opportunities.csv"; without a kind, the header tells whose export it is. They
  /// come after the site's own sources: of an opportunity that several have, the last row counts.
  std::vector<std::string> files;
  AccountListOptions list;  ///< whose accounts they are matched with; its site has `outcomes:`
  std::vector<std::string> seen =
      {};  ///< ids of accounts that came, whether or not they are still on the list
  generation::Progress progress = {};
  /// If not null, a source of the site that cannot be read is no error: this says why, and what to do. Files
  /// that were named must be readable.
  std::vector<std::string>* unread = nullptr;
};

struct OpportunityList {
  connect::OpportunitySet set;
  generation::OutcomesInput settings;  ///< of the site; defaults where it declares none
};

/// std::nullopt: no file was named, and the site has no `outcomes: opportunities:`, or there is no site. An
/// error: a source cannot be read, or there is no list of accounts to match with. What was left out or
/// assumed is in the set's remarks. Reads only; systems are asked by `abmctl sync`. std::nullopt, too, if
/// none of the site's can be read and `unread` says so.
[[nodiscard]] Result<std::optional<OpportunityList>> load_opportunity_list(
    const OpportunityListOptions& options);

/// For each source of `outcomes:` that is not there yet: why, who names it, and what to do.
[[nodiscard]] std::vector<std::string> missing_opportunities(const generation::Site& site);
/// Warnings of the same.
void check_opportunities(const generation::Site& site, Diagnostics& diagnostics);

}  // namespace abm::tools
