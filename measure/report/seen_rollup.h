// What browsers told, joined to the visits that it is about: the tables by_seen and by_fate of rollup.sql.
#pragma once

#include <cstdint>
#include <optional>

#include "base/hash.h"
#include "base/result.h"
#include "measure/store/id_set.h"
#include "measure/store/sqlite.h"

namespace abm::measure {

/// Sees every visit once; those that something was told of are kept aside, in a temporary table, and joined
/// at the end. Memory: 16 to 48 bytes per page that was told of.
class SeenRollup {
 public:
  /// Reads which request ids were told of. `database` must outlive this.
  [[nodiscard]] Result<void> begin(Database& database);

  struct Visit {
    Hash128 request_id;
    int64_t account_state = 0, page = 0, bot = 0;
    std::optional<int64_t> content;
    bool counts = false;  ///< the load of a page, in the period
  };
  [[nodiscard]] Result<void> add(const Visit& visit);

  /// Makes both tables. Needs `period`.
  [[nodiscard]] Result<void> write(Database& database);

 private:
  IdSet ids_;
  Statement insert_;
};

}  // namespace abm::measure
