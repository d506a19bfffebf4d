// The access-provider guard: an account whose AS numbers are an access provider's does
// not own their customers.
#pragma once

#include <vector>

#include "base/diagnostic.h"
#include "ipdb/network_claims.h"
#include "ipdb/network_types.h"

namespace abm::ipdb {

/// Removes from `claims` the AS ranges (and a vendor's AS matches) of accounts whose AS numbers cover more
/// than `max_as_addresses` IPv4 addresses in one source, or one of whose networks an exclusion calls isp,
/// hosting or vpn. Networks that the account itself lists stay. Each such account is reported, with a warning
/// at its line of the feed.
void apply_guard(const NetworkInputs& inputs, const NetworkOptions& options, Claims& claims,
                 NetworkReport& report, Diagnostics& diagnostics);

}  // namespace abm::ipdb
