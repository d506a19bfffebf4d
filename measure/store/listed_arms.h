// The arms of listed accounts as published rules draw them, whether or not the accounts came.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "measure/store/sqlite.h"

namespace abm::measure {

struct ListedArm {
  std::string account;
  bool control = false;
  std::string unit;  ///< whose lot it drew: its own, or its family's
};

/// Replaces the temporary table `listed_arm` (account, arm: treated or control, unit) of this connection;
/// queries need it, even empty: then no published rules are known.
[[nodiscard]] Result<void> set_listed_arms(Database& database, const std::vector<ListedArm>& arms);

}  // namespace abm::measure
