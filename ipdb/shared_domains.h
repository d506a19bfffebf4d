// Accounts that list the same domain: it identifies none of them.
#pragma once

#include <string>

#include "base/diagnostic.h"
#include "ipdb/network_accounts.h"

namespace abm::ipdb {

/// A warning for each domain that a second account lists, with both places. `feed` is the feed's name;
/// domains are as account_domain() (domain.h) gives them. Sixteen bytes for each domain meanwhile.
void report_shared_domains(const NetworkAccounts& accounts, const std::string& feed,
                           Diagnostics& diagnostics);

}  // namespace abm::ipdb
