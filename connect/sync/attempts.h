// How attempts to reach a system went, as states keep it.
#pragma once

#include <cstdint>
#include <string>

namespace abm::connect {

/// How attempts went. Times are Unix seconds, 0: never.
struct Attempts {
  int64_t tried_at = 0;
  int64_t succeeded_at = 0;   ///< a new feed or "unchanged"
  int64_t failing_since = 0;  ///< the first failure in a row; 0 when the last attempt succeeded
  uint64_t failures = 0;      ///< in a row
  std::string fault;          ///< why the last one failed, for people; "" when it succeeded

  void succeeded(int64_t now);
  void failed(int64_t now, std::string why);
};

}  // namespace abm::connect
