// The CRM's ids of listed accounts, which the list itself does not keep: from the sources that the list is
// made of, read where they are, without asking anybody.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "generation/site.h"

namespace abm::connect {

struct CrmIdsRequest {
  const generation::Site* site = nullptr;  ///< not null; its accounts have sources
  /// Gets each account's id with the CRM's ids of its records.
  std::function<void(std::string_view account, const std::vector<std::string>& crm_ids)> take;
  std::function<void(std::string_view phase, uint64_t done, uint64_t total)> progress;
};

/// An error: a source can be read neither itself nor from what was kept of it. Changes nothing.
[[nodiscard]] Result<void> read_crm_ids(const CrmIdsRequest& request);

}  // namespace abm::connect
