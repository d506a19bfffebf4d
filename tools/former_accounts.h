// Accounts that came and have left the list since: what became of them counts, too. Who becomes a customer
// often leaves a list of accounts to win.
#pragma once

#include <string>
#include <vector>

#include "connect/import/account_matcher.h"
#include "tools/inputs.h"

namespace abm::tools {

/// Adds those of `seen` (ids) that `matcher` does not know, with the domains that the newest kept generation
/// that lists them names. A remark for people, "" if there are none: how many, and of how many no domain is
/// known.
[[nodiscard]] std::string add_former_accounts(const SiteOptions& site, const std::vector<std::string>& seen,
                                              connect::AccountMatcher& matcher);

}  // namespace abm::tools
